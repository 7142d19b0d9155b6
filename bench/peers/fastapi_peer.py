"""The original design: FastAPI on uvicorn with uvloop, httptools and orjson, one process.

Run by `cargo xtask bench`; settings come from the environment:
  PORT          where to listen on 127.0.0.1
  ROWS_FILE     the market list as JSON, served by GET /api/crypto
  MESSAGE_FILE  the message sent to every socket of /ws/prices; without it, all prices
  ENCODE_ONCE   if set, messages are encoded once for everybody, with orjson; otherwise `send_json`
                encodes them for every socket, as the original design and FastAPI's manual do

Lines on standard input, at whose end the program ends:
  {"bitcoin":"1"}  prices of some coins
  an empty one     the message is sent to all sockets
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path

import orjson
import uvicorn
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect

rows = orjson.loads(Path(os.environ["ROWS_FILE"]).read_bytes()) if "ROWS_FILE" in os.environ else {}
prepared = orjson.loads(Path(os.environ["MESSAGE_FILE"]).read_bytes()) if "MESSAGE_FILE" in os.environ else None
encode_once = "ENCODE_ONCE" in os.environ
prices: dict[str, str] = {}
sockets: set[WebSocket] = set()


def message() -> dict:
    """The prepared message, or all prices."""
    if prepared is not None:
        return prepared
    return {"type": "price_update", "prices": prices, "timestamp": datetime.now(timezone.utc).isoformat()}


async def broadcast() -> None:
    """Sends the message to all sockets."""
    update = message()
    text = orjson.dumps(update).decode() if encode_once else ""
    for socket in list(sockets):
        try:
            if encode_once:
                await socket.send_text(text)
            else:
                await socket.send_json(update)
        except (RuntimeError, WebSocketDisconnect):
            sockets.discard(socket)


async def obey() -> None:
    """Does what standard input says."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        if line.strip():
            prices.update(orjson.loads(line))
        else:
            await broadcast()
    os._exit(0)


@asynccontextmanager
async def lifespan(_app: FastAPI):
    task = asyncio.create_task(obey())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/api/crypto")
async def crypto() -> Response:
    return Response(orjson.dumps(rows), media_type="application/json")


@app.websocket("/ws/prices")
async def stream(socket: WebSocket) -> None:
    await socket.accept()
    sockets.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        sockets.discard(socket)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="warning",
        access_log=False,
        backlog=16384,
    )
