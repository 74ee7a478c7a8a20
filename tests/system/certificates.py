"""An authority of a test's own, and the certificates it gives."""

import ssl
import subprocess


def _openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


class Authority:
    def __init__(self, folder, name="authority", above=None):
        self.folder = folder
        self.key = folder / f"{name}.key"
        self.file = folder / f"{name}.pem"  # what clients trust
        if above:
            above.certify(name=name, extension="basicConstraints=critical,CA:TRUE",
                          certificate=self.file)
        else:
            _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", self.key, "-out", self.file, "-days", "2", "-subj",
                     f"/CN={name}")

    def trusting(self):
        """What a client speaks that trusts it."""
        return ssl.create_default_context(cafile=str(self.file))

    def certify(self, *names, days=2, name="server", extension=None, certificate=None):
        """(certificate, key) for names like DNS:localhost, IP:127.0.0.1; expired with days=-1."""
        key = self.folder / f"{name}.key"
        request = self.folder / f"{name}.csr"
        certificate = certificate or self.folder / f"{name}.crt"
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"{extension or 'subjectAltName=' + ','.join(names)}\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key,
                 "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", certificate)
        return certificate, key
