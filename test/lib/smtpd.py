#!/usr/bin/env python3
"""smtpd.py PORT CERT KEY MODE [ADDRESS]: a real mail server (Debian's python3-aiosmtpd) for tests. MODE: tls (from the
first byte), starttls (offered and required), plain (no TLS at all). Each message it takes is one line of JSON on
stdout. Recipients named later@ are put off with 451, never@ are refused with 550. The first message to rcpt@, data@ and twice@ is
held for ever: at its recipient, at its text before it is taken, and after (a line of JSON says "held"). Log-in: kontor / s3cret-for-tests."""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, cert, key, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
address = sys.argv[5] if len(sys.argv) > 5 else '127.0.0.1'


held = set()


async def hold(addresses, where):
    """The first time that a recipient of this name comes along: no answer, ever."""
    if any(a.startswith(where + '@') for a in addresses) and where not in held:
        held.add(where)
        print(json.dumps({'held': where}), flush=True)
        await asyncio.Event().wait()


class Taker:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('later@'):
            return '451 4.3.0 not now'
        if address.startswith('never@'):
            return '550 5.1.1 no such person'
        await hold([address], 'rcpt')
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        await hold(envelope.rcpt_tos, 'data')
        tls = server.transport.get_extra_info('cipher')
        print(json.dumps({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': tls and tls[1],
                          'hello': session.host_name, 'login': bool(session.authenticated),
                          'data': envelope.content.decode('ascii')}), flush=True)
        await hold(envelope.rcpt_tos, 'twice')
        return '250 2.0.0 queued as 17'


def check(server, session, envelope, mechanism, data):
    good = data.login == b'kontor' and data.password == b's3cret-for-tests'
    return AuthResult(success=good)


def factory():
    tls = context if mode == 'starttls' else None
    return SMTP(Taker(), hostname='mail.test', tls_context=tls, require_starttls=mode == 'starttls',
                authenticator=check, auth_require_tls=mode == 'starttls')


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(loop.create_server(factory, address, port, ssl=context if mode == 'tls' else None))
print('ready', flush=True)
loop.run_forever()
