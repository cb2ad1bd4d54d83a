#!/usr/bin/env python3
"""Replays a random history through the scripts and through the model.

    replay.py [--seed N] [--items N] [--change SCRIPT OLD NEW] SOCKET

Compares what the server has with what the model says, again and again while it
goes on: every code, every wait, conversation and index, every counter.  Ends
with 1 at the first difference and says where.  --change replaces a piece of a
script, to see whether the difference is found.
"""

import argparse
import sys

from clock import Clock, DAY, HOUR
from compare import Compare, Difference
from histories import history
from wire import Redis, Script, enqueue_arguments

T = '{care:model/3}'
BEGIN = 1_790_000_000_000
MAX_AGE = 3 * DAY


class Replay(Compare):
    def __init__(self, redis, changes):
        super().__init__(redis, T, Clock(MAX_AGE))
        self.enqueue = Script(redis, 'enqueue', changes.get('enqueue', ()))
        self.sweeper = Script(redis, 'sweep', changes.get('sweep', ()))
        self.model.closed_queues.add('taken')
        self.codes = {}
        redis.call('SET', T + ':q:taken', 'in the way')

    def call(self, now, items):
        found = self.enqueue.run(T, *enqueue_arguments(now, items))
        expected = ''.join(self.model.take(now, item) for item in items)
        for code in expected:
            self.codes[code] = self.codes.get(code, 0) + 1
        if found != expected:
            raise Difference('codes %s, not %s, of %s' % (
                found, expected, [item.clock for item in items]))

    def sweep(self, now, most):
        """To its end, `most` threads at a time."""
        missed = expired = 0
        more = '1'
        self.redis.call('DEL', T + ':lease:sweep')
        while more == '1':
            words = self.sweeper.run(T, now, MAX_AGE, most, 60_000).split()
            missed += int(words[1])
            expired += int(words[2])
            more, ahead = words[3], int(words[4])
        expected = self.model.sweep(now)
        if (missed, expired, ahead) != expected:
            raise Difference('sweep %r, not %r' % ((missed, expired, ahead),
                                                   expected))

    def make_room(self):
        self.redis.call('XTRIM', T + ':q:narrow', 'MAXLEN', 0)
        if 'q:narrow' in self.model.queues:
            self.model.queues['q:narrow'].clear()


def say_totals(replay, packed, items):
    total = {}
    for counter in replay.model.counts.values():
        for name, n in counter.items():
            name = name.split('.')[0].rstrip('0123456')
            total[name] = total.get(name, 0) + n
    print('codes: ' + ', '.join('%d of %s' % (n, code) for code, n
                                in sorted(replay.codes.items())))
    print('counters: ' + ', '.join('%s %d' % pair
                                   for pair in sorted(total.items())))
    print('%d waits, %d conversations, %d packed hours' % (
        len(replay.model.waits), len(replay.model.talks), len(packed)))

    if items < 20_000:         # too few for the rare ones
        return
    wanted = {'in', 'out', 'dup', 'dead', 'more', 'early', 'stale', 'amend',
              'expired', 'ended', 'auto', 'oF', 'oN', 'w', 'x', 'f', 'n', 'fms',
              'nms', 'ov', 'a', 'ams', 'met', 'miss', 'c:spam',
              'c:deleted_by_author'}
    if wanted - set(total) or set(replay.codes) != set('0123') or not packed:
        raise Difference('the history lacks %s' % (wanted - set(total)))


def run(arguments):
    changes = {}
    for script, old, new in arguments.change:
        changes.setdefault(script, []).append((old, new))

    replay = Replay(Redis(arguments.socket), changes)
    calls = items = sweeps = 0
    next_check = arguments.check

    for now, some in history(arguments.seed, arguments.items, BEGIN):
        if some is None:
            sweeps += 1
            replay.sweep(now, (500, 500, 7)[sweeps % 3])
            if sweeps % 20 == 0:
                replay.make_room()
        else:
            calls += 1
            items += len(some)
            replay.call(now, some)
        if items >= next_check:
            next_check = items + arguments.check
            replay.check()

    # Until nothing is left to be packed.
    while replay.redis.call('ZCOUNT', T + ':fine', '-inf', now // HOUR - 5):
        replay.sweep(now, 500)
    packed = replay.check()
    replay.check_queues()
    replay.check_ends()
    print('%d items in %d calls, %d sweeps: no difference' % (
        items, calls, sweeps))
    if not changes:
        say_totals(replay, packed, items)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--items', type=int, default=10000)
    parser.add_argument('--check', type=int, default=4000)
    parser.add_argument('--change', nargs=3, action='append', default=[],
                        metavar=('SCRIPT', 'OLD', 'NEW'))
    parser.add_argument('socket')

    try:
        run(parser.parse_args())
    except Difference as difference:
        print('difference: %s' % difference)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
