#!/usr/bin/env node
'use strict';

/*
 * A worker in JavaScript (npm install redis, or the package node-redis).
 *
 *     worker.js '{care:default/0}:q:mentions'
 *
 * Reads mentions as a consumer in the group `workers`, handles each and
 * removes it.  What a crashed worker left pending is claimed by another after a
 * minute; what fails five times goes to the dead letters.
 *
 * REDIS_URL (redis://, rediss://, unix://) is the server.  With WORKER_ONCE=1
 * the worker exits when the queue is empty.  WORKER_IDLE_MS overrides that
 * minute.
 */

const os = require('os');
const { createClient } = require('redis');

const GROUP = 'workers';
const ATTEMPTS = 5;

/* Yours to write.  If it throws or rejects, the mention is retried. */
async function handle(mention) {
  const author = (mention.author || {}).name || 'somebody';

  console.log([mention.id, author, mention.text || ''].join('\t'));
}

function connectTo(url) {
  if (url.startsWith('unix://')) {
    return createClient({ socket: { path: url.slice('unix://'.length) } });
  }
  return createClient({ url });
}

class Worker {
  constructor(queue) {
    this.queue = queue;
    this.dead = queue.replace(':q:', ':dead:');
    this.name = `${os.hostname()}-${process.pid}`;
    this.idleMs = Number(process.env.WORKER_IDLE_MS || 60000);
    this.redis = connectTo(process.env.REDIS_URL || 'redis://127.0.0.1:6379');
    this.redis.on('error', (error) => console.error(error.message));
  }

  async run(once) {
    await this.redis.connect();

    for (;;) {
      await this.takeOver();

      const streams = await this.redis.xReadGroup(GROUP, this.name,
        { key: this.queue, id: '>' },
        once ? { COUNT: 50 } : { COUNT: 50, BLOCK: 5000 });

      for (const stream of streams || []) {
        await this.work(stream.messages);
      }
      if (once && !streams) {
        break;
      }
    }

    await this.redis.quit();
  }

  async done(id) {
    await this.redis.multi().xAck(this.queue, GROUP, id)
      .xDel(this.queue, id).exec();
  }

  async work(entries) {
    for (const entry of entries) {
      if (!entry) {
        continue;               /* deleted while it was pending */
      }
      try {
        await handle(JSON.parse(entry.message.m));
      } catch (error) {         /* stays pending, is retried */
        console.error(`${entry.id}: ${error.message}`);
        continue;
      }
      await this.done(entry.id);
    }
  }

  async giveUp() {
    const pending = await this.redis.xPendingRange(this.queue, GROUP,
      '-', '+', 50, { IDLE: this.idleMs });

    for (const { id, deliveriesCounter } of pending) {
      if (deliveriesCounter < ATTEMPTS) {
        continue;
      }
      for (const entry of await this.redis.xRange(this.queue, id, id)) {
        await this.redis.xAdd(this.dead, '*', entry.message);
      }
      await this.done(id);
    }
  }

  async takeOver() {
    let start = '0-0';

    await this.giveUp();

    do {
      const reply = await this.redis.xAutoClaim(this.queue, GROUP, this.name,
        this.idleMs, start, { COUNT: 50 });

      await this.work(reply.messages);
      start = reply.nextId;
    } while (start !== '0-0');
  }
}

if (process.argv.length !== 3) {
  console.error('usage: worker.js QUEUE-KEY');
  process.exit(1);
}

new Worker(process.argv[2]).run(Boolean(process.env.WORKER_ONCE))
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
