"""The peer every ratio of the benchmark refers to: QuickFIX's Python binding as its documentation shows it.

A plain acceptor with FileStore (written to the OS, never synced), no log, and validation by the FIX44.xml that comes
with the package. It answers each NewOrderSingle(D) with one ExecutionReport(8), New, and keeps no order.
"""

import argparse
import signal
import sys
from pathlib import Path

import quickfix as fix

SETTINGS = """\
[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort={port}
SocketReuseAddress=Y
SocketNodelay=Y
FileStorePath={store}
StartTime=00:00:00
EndTime=00:00:00
UseDataDictionary=Y
DataDictionary={dictionary}

[SESSION]
BeginString=FIX.4.4
SenderCompID={comp_id}
TargetCompID={client}
"""

# Copied from the order to its report, field by field, as the binding's example does it: the fields that our reports
# repeat, so that both answer the same.
ECHOED = (
    *(fix.ClOrdID, fix.Symbol, fix.Side, fix.OrderQty, fix.OrdType, fix.Price, fix.TransactTime, fix.TimeInForce),
    *(fix.Account, fix.SecurityID, fix.SecurityIDSource, fix.Currency),
)


class Acceptor(fix.Application):  # type: ignore[misc]
    """Answers, and that is all."""

    def __init__(self) -> None:
        super().__init__()
        self.orders = 0

    def onCreate(self, session: fix.SessionID) -> None: ...

    def onLogon(self, session: fix.SessionID) -> None: ...

    def onLogout(self, session: fix.SessionID) -> None: ...

    def toAdmin(self, message: fix.Message, session: fix.SessionID) -> None: ...

    def fromAdmin(self, message: fix.Message, session: fix.SessionID) -> None: ...

    def toApp(self, message: fix.Message, session: fix.SessionID) -> None: ...

    def fromApp(self, message: fix.Message, session: fix.SessionID) -> None:
        msg_type = fix.MsgType()
        message.getHeader().getField(msg_type)
        if msg_type.getValue() == fix.MsgType_NewOrderSingle:
            fix.Session.sendToTarget(self.report(message), session)

    def report(self, order: fix.Message) -> fix.Message:
        self.orders += 1
        report = fix.Message()
        report.getHeader().setField(fix.MsgType(fix.MsgType_ExecutionReport))
        report.setField(fix.OrderID(str(self.orders)))
        report.setField(fix.ExecID(str(self.orders)))
        report.setField(fix.ExecType(fix.ExecType_NEW))
        report.setField(fix.OrdStatus(fix.OrdStatus_NEW))
        for kind in ECHOED:
            field = kind()
            if order.isSetField(field):
                order.getField(field)
                report.setField(field)
        quantity = fix.OrderQty()
        order.getField(quantity)
        report.setField(fix.LeavesQty(quantity.getValue()))
        report.setField(fix.CumQty(0))
        report.setField(fix.AvgPx(0))
        return report


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--store", type=Path, required=True, help="folder of the FileStore and the settings")
    arguments.add_argument("--comp-id", default="QUICKFIX")
    arguments.add_argument("--client", default="LOAD")
    given = arguments.parse_args()
    config = given.store / "acceptor.cfg"
    dictionary = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"
    config.write_text(
        SETTINGS.format(
            port=given.port, store=given.store, dictionary=dictionary, comp_id=given.comp_id, client=given.client
        )
    )
    # Blocked before the engine's threads exist, so that they inherit it and the signal waits for sigwait.
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    application, settings = Acceptor(), fix.SessionSettings(str(config))
    stores = fix.FileStoreFactory(settings)
    acceptor = fix.SocketAcceptor(application, stores, settings)
    acceptor.start()
    signal.sigwait(stop)
    acceptor.stop(True)


if __name__ == "__main__":
    main()
