#!/usr/bin/env python3
"""sniffer.py: every destination that anything in this network namespace sends its first packet to, one line each:
"tcp 9.9.9.9 465". Needs root. Loopback addresses are not told: browsers of the tests and listeners meet there."""
import socket
import struct

seen = set()
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
print('ready', flush=True)
while True:
    data, (name, proto, kind, *rest) = s.recvfrom(65535)
    p = data[14:]
    if len(p) < 40 or kind == socket.PACKET_OUTGOING and name == 'lo':
        continue
    if p[0] >> 4 == 4:
        head, proto, to = (p[0] & 15) * 4, p[9], socket.inet_ntop(socket.AF_INET, p[16:20])
    elif p[0] >> 4 == 6:
        head, proto, to = 40, p[6], socket.inet_ntop(socket.AF_INET6, p[24:40])
    else:
        continue
    if proto not in (6, 17) or len(p) < head + 14:
        continue
    port = struct.unpack('!H', p[head + 2:head + 4])[0]
    if proto == 6 and p[head + 13] & 0x12 != 2:  # only SYN
        continue
    line = '%s %s %d' % ('tcp' if proto == 6 else 'udp', to, port)
    if not to.startswith('127.') and to != '::1' and line not in seen:
        seen.add(line)
        print(line, flush=True)
