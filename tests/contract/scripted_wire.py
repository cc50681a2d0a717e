"""A wire that answers from a script and keeps what was sent, for gateways that sign their parameters."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from entrepot.marketplaces.contract import Answer, Request
from entrepot.marketplaces.iop.sign import signature


@dataclass
class Scripted:
    """Answers in order: a JSON value, (status, bytes), or an exception. Every request must be signed with `secret`."""

    answers: list[Any]
    secret: str = "s3cret"
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        params, path = self.params(), urlsplit(request.url).path
        signed_path = "" if path.endswith("/sync") else path[path.index("/rest") + len("/rest") :]
        assert params["sign"] == signature(self.secret, signed_path, params), "the signature is wrong"
        assert params["sign_method"] == "sha256"
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, tuple):
            return Answer(answer[0], {}, answer[1])
        return Answer(200, {}, json.dumps(answer).encode())

    def params(self, at: int = -1) -> dict[str, str]:
        """Parameters of a request, of the query or of the form."""
        request = self.sent[at]
        return dict(parse_qsl(request.content.decode() or urlsplit(request.url).query, keep_blank_values=True))

    def json(self, name: str, at: int = -1) -> Any:
        return json.loads(self.params(at)[name])

    def methods(self) -> list[str]:
        return [self.params(n)["method"] for n in range(len(self.sent))]
