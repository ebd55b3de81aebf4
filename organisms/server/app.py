"""The HTTP application that serves one organism."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gyges.organisms.organism import Organism
from gyges.organisms.playbook import PlaybookError
from gyges.organisms.server import anthropic, openai
from gyges.organisms.server.dialect import Asked, RequestError, read
from gyges.organisms.turn import Turn

Endpoint = Callable[[Request], Awaitable[Response]]


def application(organism: Organism) -> Starlette:
    """The protocols' endpoints, answered by `organism`; it keeps nothing between two requests."""

    async def messages(request: Request) -> Response:
        return _answer(organism, read(anthropic.MessagesRequest, await request.body()))

    async def count(request: Request) -> Response:
        counted = read(anthropic.Counted, await request.body())
        _known(organism, counted.model)
        return JSONResponse(counted.count())

    async def completions(request: Request) -> Response:
        return _answer(organism, read(openai.CompletionRequest, await request.body()))

    async def models(_: Request) -> Response:
        return JSONResponse(openai.models(organism.name))

    return Starlette(
        routes=[
            Route("/v1/messages", messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", count, methods=["POST"]),
            Route("/v1/chat/completions", completions, methods=["POST"]),
            Route("/v1/models", models, methods=["GET"]),
        ],
        exception_handlers={RequestError: _refuse, HTTPException: _refuse},
    )


def _answer(organism: Organism, asked: Asked) -> Response:
    _known(organism, asked.model)
    turn = _turn(organism, asked)
    if asked.stream:
        return StreamingResponse(asked.events(turn), media_type="text/event-stream")
    return JSONResponse(asked.whole(turn))


def _turn(organism: Organism, asked: Asked) -> Turn:
    try:
        return organism.turn(asked.conversation(), asked.salt())
    except PlaybookError as error:  # 400, for clients try again after a 500, and would for ever
        raise RequestError(400, f"the playbook cannot go on: {error}") from error


def _known(organism: Organism, model: str) -> None:
    if model != organism.name:
        raise RequestError(404, f"model: {model!r} is not served here, {organism.name!r} is", "model")


def _refuse(request: Request, error: Exception) -> Response:
    """Any failure, told in the protocol of the path that was asked."""
    if isinstance(error, HTTPException):
        error = RequestError(error.status_code, f"{request.method} {request.url.path}: {error.detail}")
    if not isinstance(error, RequestError):
        raise error
    told = (anthropic if request.url.path.startswith("/v1/messages") else openai).failure(error)
    return JSONResponse(told, status_code=error.status)
