"""Certificates for tests: a CA that is trusted, one that is not, and what they have signed."""

import ssl
from hashlib import sha256
from pathlib import Path
from typing import Any

import trustme

from gateway.run.net.admission import ListenerOptions
from gateway.run.net.tls import TlsFiles


class Paper:
    """A certificate and its key, in files."""

    def __init__(self, folder: Path, name: str, cert: trustme.LeafCert) -> None:
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in cert.cert_chain_pems))
        self.key.write_bytes(cert.private_key_pem.bytes())
        pem = cert.cert_chain_pems[0].bytes().decode()
        self.fingerprint = sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


class World:
    """Two CAs, of which we trust one, and what they have signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca, self.other_ca = trustme.CA(), trustme.CA()
        self.trusted = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.trusted))
        self.server = self.paper("server", "localhost", "127.0.0.1")
        self.client = self.paper("client", common_name="CLIENT")
        self.desk = self.paper("desk", "desk.example.org", common_name="THE DESK")
        self.foreign = Paper(folder, "foreign", self.other_ca.issue_cert("x.example.org", common_name="CLIENT"))

    def paper(self, name: str, *names: str, **more: Any) -> Paper:
        return Paper(self.folder, name, self.ca.issue_cert(*names, **more))

    def options(self, **more: Any) -> ListenerOptions:
        """Without client certificates, unless `more` says so."""
        return ListenerOptions(
            tls=TlsFiles(certificate=self.server.certificate, key=self.server.key, **more), max_strangers=5
        )

    def mutual(self, **identities: tuple[str, ...]) -> ListenerOptions:
        return self.options(client_ca=self.trusted, identities=identities)

    def client_tls(self, paper: Paper | None = None, **versions: ssl.TLSVersion) -> dict[str, Any]:
        """How `Shell.connect` speaks TLS."""
        context = ssl.create_default_context(cafile=str(self.trusted))
        for name, version in versions.items():
            setattr(context, name, version)
        if paper is not None:
            context.load_cert_chain(paper.certificate, paper.key)
        return {"ssl": context, "server_hostname": "localhost"}
