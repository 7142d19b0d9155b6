"""Real clients for the tests: an authenticator, an Ethereum wallet, a maker of tokens, a library of rates.

Each line on standard input is a question, a list in JSON; each line of output its answer:
["totp", secret, seconds]               the code of an authenticator app at a moment
["address", key]                        the address of a wallet's key (hexadecimal)
["sign", key, message]                  a message signed as wallets do (EIP-191)
["jwt", algorithm, key, kid, claims]    a token; its key hexadecimal, its claims a text of JSON
["xirr", payments]                      the yearly rate of [day, amount] pairs, a text of JSON
["xnpv", rate, payments]                what they are worth at a rate
"""

import json
import sys
from datetime import date, timedelta

import jwt
import pyotp
import pyxirr
from eth_account import Account
from eth_account.messages import encode_defunct


def totp(secret, seconds):
    return pyotp.TOTP(secret).at(int(seconds))


def address(key):
    return Account.from_key(key).address


def sign(key, message):
    signed = Account.sign_message(encode_defunct(text=message), private_key=key)
    return "0x" + bytes(signed.signature).hex()


def token(algorithm, key, kid, claims):
    key = None if algorithm == "none" else bytes.fromhex(key)
    return jwt.encode(json.loads(claims), key, algorithm=algorithm, headers={"kid": kid})


def payments(text):
    pairs = json.loads(text)
    return [date(2015, 1, 1) + timedelta(days=day) for day, _ in pairs], [amount for _, amount in pairs]


def xirr(text):
    return repr(pyxirr.xirr(*payments(text)))


def xnpv(rate, text):
    return repr(pyxirr.xnpv(float(rate), *payments(text)))


COMMANDS = {"totp": totp, "address": address, "sign": sign, "jwt": token, "xirr": xirr, "xnpv": xnpv}

for line in sys.stdin:
    command, *arguments = json.loads(line)
    print(json.dumps(COMMANDS[command](*arguments)), flush=True)
