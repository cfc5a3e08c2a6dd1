"""The peer: scikit-learn's TF-IDF and logistic regression behind Starlette and uvicorn, as people deploy it."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import uvicorn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def main(training: Path) -> None:
    """Fit on JSON lines of text and label, say the port, serve POST /classify."""
    pairs = [json.loads(line) for line in training.read_text(encoding="utf-8").splitlines()]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10.0, max_iter=1000)
    )
    model.fit([pair["text"] for pair in pairs], [pair["label"] for pair in pairs])
    labels = [str(label) for label in model.classes_]

    async def classify(request: Request) -> JSONResponse:
        row = model.predict_proba([(await request.json())["text"]])[0]
        found = dict(sorted(zip(labels, map(float, row), strict=True), key=lambda pair: -pair[1]))
        return JSONResponse({"label": next(iter(found)), "probabilities": found})

    listening = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"event": "ready", "port": listening.getsockname()[1]}), flush=True)
    app = Starlette(routes=[Route("/classify", classify, methods=["POST"])])
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
