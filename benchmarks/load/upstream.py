"""A stand-in for a hosted model: an OpenAI-compatible chat endpoint that takes its time and then says a label."""

from __future__ import annotations

import argparse
import asyncio
import json
import time

from aiohttp import web

from benchmarks.tickets import QUESTION_LABEL


def _completion(model: str) -> dict[str, object]:
    top = [{"token": QUESTION_LABEL, "logprob": -0.05}, {"token": "billing", "logprob": -3.0}]
    said = {"token": QUESTION_LABEL, "logprob": -0.05, "bytes": None, "top_logprobs": top}
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": QUESTION_LABEL},
        "logprobs": {"content": [said]},
    }
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
    }


def _application(delay_s: float) -> web.Application:
    async def chat(request: web.Request) -> web.Response:
        asked = await request.json()
        await asyncio.sleep(delay_s)
        return web.json_response(_completion(str(asked["model"])))

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    application = web.Application()
    application.router.add_post("/v1/chat/completions", chat)
    application.router.add_get("/v1/models", models)
    return application


async def _serve(delay_s: float) -> None:
    runner = web.AppRunner(_application(delay_s), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    port = runner.addresses[0][1]
    print(json.dumps({"event": "ready", "base_url": f"http://127.0.0.1:{port}/v1"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay-s", type=float, default=0.8)
    asyncio.run(_serve(parser.parse_args().delay_s))
