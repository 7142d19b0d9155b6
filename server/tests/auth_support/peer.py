"""Real clients for the tests: an authenticator, an Ethereum wallet, a maker of tokens.

totp SECRET SECONDS       the code of an authenticator app at a moment
address KEY               the address of a wallet's key (hexadecimal)
sign KEY                  signs the message on standard input as wallets do (EIP-191)
jwt ALGORITHM KEY KID     a token; its claims as JSON on standard input, its key hexadecimal
"""

import json
import sys


def totp(secret, seconds):
    import pyotp

    return pyotp.TOTP(secret).at(int(seconds))


def address(key):
    from eth_account import Account

    return Account.from_key(key).address


def sign(key):
    from eth_account import Account
    from eth_account.messages import encode_defunct

    message = encode_defunct(primitive=sys.stdin.buffer.read())
    signed = Account.sign_message(message, private_key=key)
    return "0x" + bytes(signed.signature).hex()


def jwt(algorithm, key, kid):
    import jwt as library

    claims = json.load(sys.stdin)
    key = None if algorithm == "none" else bytes.fromhex(key)
    return library.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


if __name__ == "__main__":
    commands = {"totp": totp, "address": address, "sign": sign, "jwt": jwt}
    print(commands[sys.argv[1]](*sys.argv[2:]))
