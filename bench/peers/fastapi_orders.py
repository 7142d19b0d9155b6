"""Orders as the original design takes them: FastAPI on uvicorn with uvloop and httptools, Motor, one
process, one transaction for each order.

It does what has to be done and nothing else: no sessions (whoever asks says which user it is), no
limits, no log, journal entries without numbers, which would make every order wait for the one before.

Run by `cargo xtask bench`; settings come from the environment:
  PORT          where to listen on 127.0.0.1
  DATABASE_URL  MongoDB with an empty database
  USERS         how many users there are, each with money
"""

import os
import uuid
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from decimal import ROUND_UP, Decimal
from typing import Annotated, Literal

import orjson
import uvicorn
from fastapi import FastAPI, Header, Response
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel, ConfigDict, Field

# Decimal places of prices and quantities.
PAIRS = {"BTC-USD": (2, 8), "ETH-USD": (2, 8), "SOL-USD": (2, 8), "ADA-USD": (5, 5)}
# Money is kept in whole units of 10^-10 dollars, which 64 bits hold.
UNITS = 10**10
FEE = Decimal("1.002")
WEALTH = 1_000 * UNITS

client: AsyncIOMotorClient = AsyncIOMotorClient(os.environ["DATABASE_URL"], maxPoolSize=64)
database = client.get_default_database()


class PlaceOrder(BaseModel):
    """An order, as it is asked for."""

    model_config = ConfigDict(extra="forbid")
    pair: str
    side: Literal["buy", "sell"]
    type: Literal["limit"]
    price: Annotated[Decimal, Field(gt=0, max_digits=18)]
    quantity: Annotated[Decimal, Field(gt=0, max_digits=18)]


class Refused(Exception):
    """Why an order is refused."""


def answer(status: int, body: dict) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")


def needed(order: PlaceOrder) -> tuple[str, int]:
    """What has to be held: which asset, and how many units of it."""
    if order.pair not in PAIRS:
        raise Refused("pair")
    tick, lot = PAIRS[order.pair]
    if -order.price.normalize().as_tuple().exponent > tick:
        raise Refused("price")
    if -order.quantity.normalize().as_tuple().exponent > lot:
        raise Refused("quantity")
    worth = order.price * order.quantity
    if worth < 1:
        raise Refused("quantity")
    if order.side == "buy":
        return "USD", int((worth * FEE * UNITS).to_integral_value(ROUND_UP))
    return order.pair.removesuffix("-USD"), int(order.quantity * UNITS)


@asynccontextmanager
async def lifespan(_app: FastAPI):
    users = range(int(os.environ["USERS"]))
    await database.balances.insert_many(
        {"_id": f"{user}:USD", "user": str(user), "asset": "USD", "available": WEALTH, "held": 0} for user in users
    )
    await database.balances.create_index("user")
    await database.orders.create_index([("user", 1), ("_id", -1)])
    await database.journal.create_index("at")
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> Response:
    return answer(200, {"status": "ok"})


@app.post("/api/trading/orders")
async def place(order: PlaceOrder, x_user: Annotated[str, Header()]) -> Response:
    try:
        asset, amount = needed(order)
    except Refused as refused:
        return answer(422, {"code": "validation_failed", "field": str(refused)})
    now = datetime.now(timezone.utc)
    kept = {
        "_id": str(uuid.uuid4()),
        "user": x_user,
        "pair": order.pair,
        "side": order.side,
        "type": order.type,
        "status": "open",
        "price": str(order.price),
        "quantity": str(order.quantity),
        "filled_quantity": "0",
        "held": amount,
        "created_at": now,
    }
    entry = {"_id": str(uuid.uuid4()), "at": now, "event": "placed", "order": kept}

    async def keep(session) -> None:
        held = await database.balances.update_one(
            {"_id": f"{x_user}:{asset}", "available": {"$gte": amount}},
            {"$inc": {"available": -amount, "held": amount}},
            session=session,
        )
        if held.modified_count == 0:
            raise Refused("insufficient_funds")
        await database.orders.insert_one(kept, session=session)
        await database.journal.insert_one(entry, session=session)

    try:
        async with await client.start_session() as session:
            await session.with_transaction(keep)
    except Refused as refused:
        return answer(422, {"code": str(refused)})
    return answer(201, {"order": {"id": kept.pop("_id"), **kept}})


@app.get("/api/wallet/balance")
async def balance(x_user: Annotated[str, Header()]) -> Response:
    found = await database.balances.find({"user": x_user}).to_list(None)
    balances = [
        {"asset": one["asset"], **{part: f"{Decimal(one[part]) / UNITS:f}" for part in ("available", "held")}}
        for one in found
    ]
    return answer(200, {"balances": balances})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        backlog=16384,
    )
