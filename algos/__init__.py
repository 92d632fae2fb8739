"""The algos, by TargetStrategy(847). A new one is a file beside this and a line here."""

from algos.adaptive import Adaptive
from algos.arbitrage import Arbitrage
from algos.closing import Closing
from algos.direct import Direct
from algos.display import Display
from algos.hidden import Hidden
from algos.iceberg import Iceberg
from algos.meanrev import MeanRev
from algos.momentum import Momentum
from algos.peg import Pegged
from algos.pov import Pov
from algos.shortfall import Is, MinimizeMarketImpact
from algos.sniper import Sniper
from algos.stealth import Stealth
from algos.sweep import Sweep
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.model import Algo

ALGOS: dict[str, type[Algo]] = {
    "0": Direct,  # type: ignore[type-abstract]  # no TargetStrategy(847); nobody asks it anything
    "1": Vwap,
    "2": Pov,
    "3": MinimizeMarketImpact,
    "1001": Twap,
    "1002": Pov,
    "1003": Is,
    "1004": Iceberg,
    "1005": Pegged,
    "1006": Adaptive,
    "1007": Momentum,
    "1008": MeanRev,
    "1009": Arbitrage,
    "1010": Stealth,
    "1011": Hidden,
    "1012": Display,
    "1013": Sniper,
    "1014": Closing,
    "1015": Sweep,
}
