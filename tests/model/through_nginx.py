#!/usr/bin/env python3
"""A smaller history through real nginxes, against the model.

    through_nginx.py [--seed N] [--stories N] SOCKET SECRET PORT:SKEW...

Sends signed callbacks to `generic` receivers at /QUEUE/TARGET and closes to
/close (see t/model.t), one after the other, each to one of several machines,
whose clocks may be seconds behind.  So the platform code, the intake and the
encoder are checked, too.  The items are days and hours old, and the machines'
own sweeps run: each round waits until these have nothing left to do, so that
the result does not depend on timing.  After the third round it prints "restart"
and reads a line once the machines have been restarted; once, the scripts are
flushed from Redis.

Then it prints "played" and reads the port of another nginx, started meanwhile,
whose status is requested: all that it knows is what Redis has.  Finally it
sends questions that are due soon, to check the numbers of open waits.
"""

import argparse
import hashlib
import hmac
import http.client
import json
import random
import sys
import time

from clock import Clock, DAY, HOUR, bucket
from compare import Compare, Difference
from published import Published, same
from wire import Redis

T = '{care:default/0}'
MAX_AGE = 30 * DAY
MINUTE = 60_000
QUEUES = ('mentions', 'vip')
TARGETS = {'15m': 15 * MINUTE, '61s': 61_000, '4h': 4 * HOUR, '30d': 30 * DAY}
REASONS = ('spam', 'not_actionable', 'duplicate_of', 'other_channel',
           'no_reply_needed')
TIERS = ((99, 0), (100, 1), (9999, 2), (10_000, 3), (100_000, 4))


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def now_ms():
    return int(time.time() * 1000)


class Item:
    """What the model takes, and what the callback says."""

    def __init__(self, clock, event, thread, queue, channel, target):
        self.clock = clock
        self.event = event
        self.thread = thread
        self.booked = self.queue = queue
        self.channel = channel
        self.target = target
        self.push = 'none' if clock in ('answer', 'auto', 'close') else 'stream'
        self.limit = 0
        self.reach = 6
        self.object = ''
        self.due = event + TARGETS[target] if clock == 'question' else None
        self.reason = 'spam'
        self.record = None
        self.fields = {}


class Stories:
    def __init__(self, seed, count, now):
        self.rng = random.Random(seed)
        self.number = 0
        self.rounds = [[] for _ in range(6)]
        for number in range(count):
            age = self.rng.choice((6 * DAY, DAY, 2 * HOUR, 20 * MINUTE))
            self.tell('t%d' % number, now - self.rng.randrange(age))
        for some in self.rounds:
            self.rng.shuffle(some)

    def tell(self, thread, event):
        rng = self.rng
        queue = rng.choice(QUEUES)
        channel = rng.choice(('social', 'sms'))
        objects = []

        for step in range(rng.randrange(1, 7)):
            clock = 'question' if step == 0 else rng.choice(
                ('question',) * 4 + ('answer',) * 4
                + ('auto', 'withdrawal', 'close', 'none'))
            item = Item(clock, event, thread, queue, channel,
                        rng.choice(list(TARGETS)))
            self.describe(item, objects)
            self.rounds[step].append(item)
            if rng.random() < 0.1:
                self.rounds[step].append(item)
            event += rng.choice((0, rng.randrange(2 * MINUTE),
                                 rng.randrange(30 * MINUTE),
                                 rng.randrange(20 * HOUR),
                                 DAY + rng.randrange(-1, 2)))

    def describe(self, item, objects):
        rng = self.rng
        self.number += 1
        item.digest = 'e%d' % self.number
        name = 'o%d' % self.number
        fields = item.fields = {
            'id': item.digest, 'thread': item.thread, 'at': item.event,
            'channel': item.channel, 'dir': 'in', 'action': 'create',
            'text': 'Where is my train?', 'object': name}

        if item.clock == 'question':
            objects.append(name)
            item.object = '%08x' % crc32c(name.encode())
            public = rng.random() < 0.7
            fields['public'] = public
            item.reach = 6 if public else 5
            if public and rng.random() < 0.8:
                followers, item.reach = rng.choice(TIERS)
                fields['followers'] = followers
        elif item.clock in ('answer', 'auto'):
            fields['dir'] = 'out'
            fields['auto'] = item.clock == 'auto'
        elif item.clock == 'withdrawal':
            fields['action'] = 'delete'
            if objects and rng.random() < 0.8:
                fields['object'] = rng.choice(objects)
            item.object = '%08x' % crc32c(fields['object'].encode())
        elif item.clock == 'none':
            fields['action'] = 'edit'
        else:
            item.reason = rng.choice(REASONS)


class Machine:
    def __init__(self, port, skew=0):
        self.port = port
        self.skew = skew
        # What it ought to have counted.
        self.items = {'0': 0, '1': 0}
        self.closes = {'0': 0, '1': 0}
        self.calls = {'items': 0, 'closes': 0}

    def now(self):
        return now_ms() + self.skew * 1000

    def ask(self, *request):
        """A connection each: workers come and go."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        connection.request(*request)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status != 200:
            raise Difference('%s: %d %r' % (request[1], answer.status, said))
        return said

    def status(self):
        return json.loads(self.ask('GET', '/status'))

    def check_counters(self):
        begun = self.now()
        document = self.status()
        if not begun - 1000 < document['now_ms'] < self.now() + 1000:
            raise Difference('the clock of %d is not %d s off'
                             % (self.port, self.skew))
        found = {name: sum(one[name] for one in document['queues'])
                 for name in ('received', 'stored', 'duplicates', 'full')}
        same('queues of %d' % self.port, found, {
            'received': sum(self.items.values()), 'stored': self.items['0'],
            'duplicates': self.items['1'], 'full': 0})
        platform, = [one for one in document['platforms'] if one['requests']]
        found = {name: platform[name] for name in (
            'requests', 'verified', 'mentions', 'duplicates', 'clock_skew')}
        same('platform of %d' % self.port, found, {
            'requests': self.calls['items'], 'verified': self.calls['items'],
            'mentions': sum(self.items.values()),
            'duplicates': self.items['1'], 'clock_skew': 0})
        same('answers of %d' % self.port,
             (platform['answer_latency']['count'],
              platform['intake_lag']['count']),
             (self.calls['items'], sum(self.items.values())))
        same('closes of %d' % self.port, document['closes'], {
            'requests': self.calls['closes'], 'accepted': self.closes['0'],
            'duplicates': self.closes['1'],
            'refused': {reason: 0 for reason in document['closes']['refused']}})


class Live(Compare):
    def __init__(self, arguments, rng):
        super().__init__(Redis(arguments.socket), T, Clock(MAX_AGE),
                         exact=False)
        self.machines = [Machine(*map(int, machine.split(':')))
                         for machine in arguments.machines]
        self.secret = arguments.secret.encode()
        self.rng = rng
        self.sent = 0

    def post(self, machine, path, data):
        body = json.dumps(data).encode()
        machine.ask('POST', path, body, {
            'Content-Type': 'application/json',
            'X-Signature': hmac.new(self.secret, body,
                                    hashlib.sha256).hexdigest()})

    def send(self, items, machine=None):
        """Items of one kind and route, in one request."""
        machine = machine or self.rng.choice(self.machines)
        first = items[0]
        if first.clock == 'close':
            counts = machine.closes
            machine.calls['closes'] += 1
            self.post(machine, '/close', [
                {'wait': item.thread, 'reason': item.reason, 'id': item.digest,
                 'queue': item.booked, 'channel': item.channel}
                for item in items])
        else:
            counts = machine.items
            machine.calls['items'] += 1
            self.post(machine, '/%s/%s' % (first.booked, first.target),
                      {'e': [item.fields for item in items]})
        now = machine.now()
        for item in items:
            if item.clock == 'close':
                item.event = now
            counts[self.model.take(now, item)] += 1
        self.sent += len(items)

    def close_is_safe(self, item):
        """A close bears the time at which it comes: never near a bound."""
        wait = self.model.waits.get(item.thread)
        if not wait:
            return True
        age, now = now_ms() - wait.start, now_ms()
        return bucket(age - 5000) == bucket(age + 2000) \
            and not now - 8000 < wait.due < now + 5000

    def settle(self):
        """Until the machine's sweeps have nothing more to do."""
        deadline = time.time() + 30
        while True:
            now = now_ms()
            left = self.redis.call('ZCOUNT', T + ':idle', '-inf', now - HOUR)
            for key in self.keys(':due:*'):
                left += self.redis.call('ZCOUNT', key, '-inf', now)
            if not left:
                break
            if time.time() > deadline:
                raise Difference('%d threads are never swept' % left)
            time.sleep(0.05)
        self.model.sweep(now)

    @staticmethod
    def is_complete(document):
        return document['sla'] and document['history'] \
            and document['fairness'] \
            and all(one['hours'] and one['slots']
                    for one in document['history']) \
            and all(one['windows'] and all(one['windows'].values())
                    for one in document['sla'])

    @staticmethod
    def status(machine, is_good, what):
        deadline = time.time() + 60
        while True:
            document = machine.status()
            if is_good(document):
                return document
            if time.time() > deadline:
                raise Difference('the status is never ' + what)
            time.sleep(0.2)

    def check_status(self, port):
        """Of a machine that has seen nothing but one edit of a record."""
        machine = Machine(port)
        item = Item('none', now_ms() - 5000, 'last', 'vip', 'sms', '30d')
        item.digest = 'last'
        item.fields = {'id': 'last', 'thread': 'last', 'at': item.event,
                       'channel': 'sms', 'dir': 'in', 'action': 'edit'}
        self.send([item], machine)
        document = self.status(machine, self.is_complete, 'complete')
        Published(self.model, document, packed=self.packed_starts).check()
        machine.check_counters()

        # Ages of questions, and what is left of their time, seconds.
        for number, (target, age) in enumerate((
                ('15m', 850), ('15m', 730), ('15m', 600), ('61s', 10),
                ('4h', 4 * 3600 - 2820), ('4h', 4 * 3600 - 3000))):
            item = Item('question', now_ms() - age * 1000, 'soon%d' % number,
                        QUEUES[number % 2], 'social', target)
            item.digest = item.thread
            item.fields = {'id': item.digest, 'thread': item.thread,
                           'at': item.event, 'channel': 'social', 'dir': 'in',
                           'action': 'create', 'public': True,
                           'text': 'Where is my train?', 'object': item.thread}
            item.object = '%08x' % crc32c(item.thread.encode())
            self.send([item], machine)

        sent = now_ms()
        document = self.status(
            machine, lambda one: one['now_ms'] - 1500 > sent
            and all(one['now_ms'] - of['reading_age_ms'] - 1500 > sent
                    for of in one['sla'] + one['queues']), 'read again')
        self.check_waiting(document)

    def check_waiting(self, document):
        published = Published(self.model, document)
        series = set()
        for one in document['sla']:
            read = document['now_ms'] - one['reading_age_ms']
            series.add(published.check_waiting(one, read - 1500, read))
        same('series', series, {key[:2] for key in self.model.counts})
        same('what waits', {'open', 'soon', 'risk', 'late'} - published.seen,
             set())
        for one in document['queues']:
            name = one['queue']
            of = [row for row in document['sla'] if row['queue'] == name]
            due = [row['earliest_due_ms'] for row in of
                   if row['earliest_due_ms'] is not None]
            depth = len(self.model.queues.get('q:' + name, []))
            same('queue ' + name, {
                member: one[member] for member in (
                    'depth', 'dead', 'open', 'due_soon', 'breached',
                    'earliest_due_ms')
            }, {'depth': depth, 'dead': 0,
                'open': sum(row['open'] for row in of),
                'due_soon': sum(row['due_soon'] for row in of),
                'breached': sum(row['breached'] for row in of),
                'earliest_due_ms': min(due, default=None)})

    def play(self, rounds, rng):
        for number, some in enumerate(rounds):
            if number == 1:
                self.redis.call('SCRIPT', 'FLUSH')
            if number == 3:
                print('restart', flush=True)
                sys.stdin.readline()
            while some:
                size = 1
                while size < min(len(some), 8) and rng.random() < 0.5 \
                        and (some[size].booked, some[size].target,
                             some[size].clock == 'close') \
                        == (some[0].booked, some[0].target,
                            some[0].clock == 'close'):
                    size += 1
                items, some = some[:size], some[size:]
                items = [item for item in items if item.clock != 'close'
                         or self.close_is_safe(item)]
                if items:
                    self.send(items)
            self.settle()
            try:
                self.check()
            except Difference as difference:
                raise Difference('round %d: %s' % (number, difference)) \
                    from difference


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--stories', type=int, default=150)
    parser.add_argument('socket')
    parser.add_argument('secret')
    parser.add_argument('machines', nargs='+', metavar='port:skew')
    arguments = parser.parse_args()

    # No event is ahead of the clock, no deadline passes while this goes on.
    now = now_ms()
    stories = Stories(arguments.seed, arguments.stories, now)
    live = Live(arguments, stories.rng)
    rounds = [[item for item in some if item.event < now - 10_000
               and not now - 10_000 < (item.due or 0) < now + 300_000]
              for some in stories.rounds]
    try:
        live.play(rounds, stories.rng)
        for machine in live.machines:
            machine.check_counters()
        print('played', flush=True)
        live.check_status(int(sys.stdin.readline()))
    except Difference as difference:
        print('difference: %s' % difference)
        return 1
    print('%d items through nginx and in the status: no difference' % live.sent)
    return 0


if __name__ == '__main__':
    sys.exit(main())
