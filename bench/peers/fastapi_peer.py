"""The original design: FastAPI on uvicorn with uvloop, httptools and orjson, one process.

Run by `cargo xtask bench`; settings come from the environment:
  PORT          where to listen on 127.0.0.1
  ROWS_FILE     the market list as JSON, served by GET /api/crypto
  MESSAGE_FILE  the text message sent to every socket of /ws/prices
  HZ            how often it is sent
"""

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import uvicorn
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect

rows = orjson.loads(Path(os.environ["ROWS_FILE"]).read_bytes()) if "ROWS_FILE" in os.environ else {}
message = Path(os.environ["MESSAGE_FILE"]).read_text() if "MESSAGE_FILE" in os.environ else ""
period = 1 / float(os.environ.get("HZ", "1"))
sockets: set[WebSocket] = set()


async def broadcast() -> None:
    """Sends the message to all sockets, `HZ` times a second."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + period, loop.time())
        await asyncio.sleep(due - loop.time())
        await asyncio.gather(*(socket.send_text(message) for socket in list(sockets)), return_exceptions=True)


@asynccontextmanager
async def lifespan(_app: FastAPI):
    task = asyncio.create_task(broadcast())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/api/crypto")
async def crypto() -> Response:
    return Response(orjson.dumps(rows), media_type="application/json")


@app.websocket("/ws/prices")
async def prices(socket: WebSocket) -> None:
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
        ws="websockets",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="warning",
        access_log=False,
        backlog=16384,
    )
