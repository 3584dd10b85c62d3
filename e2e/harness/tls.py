"""Certificates of a CA of our own, made with openssl."""
import pathlib
import ssl
import subprocess


class Authority:
    def __init__(self, directory: pathlib.Path, name: str = "tapes e2e CA"):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = directory / "ca.pem", directory / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-days", "2", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate,
                      "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, name: str = "localhost", days: int = 2, names=None):
        """(certificate, key) files for CN=`name` with it, or `names`, as DNS names."""
        names = (name,) if names is None else names
        files = f"{name}-{days}-{'-'.join(names).replace('*', '_')}"
        key, request, certificate = (self.directory / f"{files}.{end}" for end in ("key", "csr", "pem"))
        extensions = self.directory / f"{files}.ext"
        alternatives = f"subjectAltName={','.join('DNS:' + one for one in names)}\n" if names else ""
        extensions.write_text(f"{alternatives}basicConstraints=CA:FALSE\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    def encrypted(self, key) -> pathlib.Path:
        """A copy of the key that needs a pass phrase."""
        made = self.directory / "encrypted.key"
        self._openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", made)
        return made

    def server_context(self, name: str = "localhost", days: int = 2, names=None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, days, names))
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
