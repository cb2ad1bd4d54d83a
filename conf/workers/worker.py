#!/usr/bin/env python3
"""A worker in Python (pip install redis, or the package python3-redis).

    worker.py '{care:default/0}:q:mentions'

Reads mentions as a consumer in the group `workers`, handles each and
removes it.  What a crashed worker left pending is claimed by another after a
minute; what fails five times goes to the dead letters.

REDIS_URL (redis://, rediss://, unix://) is the server.  With WORKER_ONCE=1 the
worker exits when the queue is empty.  WORKER_IDLE_MS overrides that minute.
CLOSE_URL is a location with socialcare_close.
"""

import json
import os
import socket
import sys
import urllib.request

import redis

GROUP = "workers"
ATTEMPTS = 5


def close(mention, reason):
    """Ends a wait that nobody will answer.  Raises if that is not stored."""
    urllib.request.urlopen(urllib.request.Request(
        os.environ["CLOSE_URL"], json.dumps({**mention, "reason": reason})
        .encode(), {"Content-Type": "application/json"}), timeout=5).close()


def handle(mention):
    """Yours to write.  If it raises, the mention is retried."""
    if "CLOSE_URL" in os.environ and "free followers" in mention.get("text", ""):
        close(mention, "spam")
        return
    author = mention.get("author", {}).get("name", "somebody")
    print(mention["id"], author, mention.get("text", ""), sep="\t", flush=True)


class Worker:
    def __init__(self, queue):
        self.queue = queue
        self.dead = queue.replace(":q:", ":dead:", 1)
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.idle_ms = int(os.environ.get("WORKER_IDLE_MS", "60000"))
        self.redis = redis.Redis.from_url(
            os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"),
            decode_responses=True)

    def done(self, entry_id):
        with self.redis.pipeline() as pipe:
            pipe.xack(self.queue, GROUP, entry_id)
            pipe.xdel(self.queue, entry_id)
            pipe.execute()

    def work(self, entries):
        for entry_id, fields in entries:
            if not fields:              # deleted while it was pending
                self.redis.xack(self.queue, GROUP, entry_id)
                continue
            try:
                handle(json.loads(fields["m"]))
            except Exception as error:  # stays pending, is retried
                print(f"{entry_id}: {error}", file=sys.stderr, flush=True)
                continue
            self.done(entry_id)

    def give_up(self):
        for entry in self.redis.xpending_range(
                self.queue, GROUP, "-", "+", 50, idle=self.idle_ms):
            if entry["times_delivered"] < ATTEMPTS:
                continue
            entry_id = entry["message_id"]
            for _, fields in self.redis.xrange(self.queue, entry_id, entry_id):
                self.redis.xadd(self.dead, fields)
            self.done(entry_id)

    def take_over(self):
        self.give_up()
        start = "0-0"
        while True:
            start, entries, *_ = self.redis.xautoclaim(
                self.queue, GROUP, self.name, self.idle_ms, start, count=50)
            self.work(entries)
            if start == "0-0":
                return

    def run(self, once):
        while True:
            self.take_over()
            streams = self.redis.xreadgroup(
                GROUP, self.name, {self.queue: ">"}, count=50,
                block=None if once else 5000)
            for _, entries in streams or []:
                self.work(entries)
            if once and not streams:
                return


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: worker.py QUEUE-KEY")
    Worker(sys.argv[1]).run(bool(os.environ.get("WORKER_ONCE")))
