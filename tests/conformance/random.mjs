// Random callbacks out of a seed: the same seed, the same cases.

import { createHash } from 'node:crypto';


export class Random {
    constructor(seed) {
        this.seed = String(seed);
        this.counter = 0;
        this.pool = Buffer.alloc(0);
    }

    // Bytes of a counter under SHA-256: slow enough, and the same everywhere.
    bytes(count) {
        while (this.pool.length < count) {
            this.pool = Buffer.concat([this.pool, createHash('sha256')
                .update(`${this.seed}/${this.counter++}`).digest()]);
        }

        const taken = Buffer.from(this.pool.subarray(0, count));
        this.pool = this.pool.subarray(count);

        return taken;
    }

    below(limit) {
        return this.bytes(6).readUIntBE(0, 6) % limit;
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    word(min = 1, max = 16) {
        const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
            + '0123456789';
        let text = '';

        for (let left = min + this.below(max - min + 1); left > 0; left--) {
            text += alphabet[this.below(alphabet.length)];
        }

        return text;
    }

    digits(count) {
        return Array.from({ length: count }, () => this.below(10)).join('');
    }

    // What people type, and what they do not.
    text(max = 40) {
        const ranges = [[0x20, 0x7e], [0x20, 0x7e], [0x20, 0x7e], [0xa1, 0x17f],
            [0x400, 0x45f], [0x4e00, 0x4fff], [0x1f300, 0x1f5ff], [0x9, 0xa]];
        let text = '';

        for (let left = this.below(max + 1); left > 0; left--) {
            const [from, to] = this.pick(ranges);
            text += String.fromCodePoint(from + this.below(to - from + 1));
        }

        return text;
    }

    value(depth) {
        switch (this.below(depth > 2 ? 5 : 7)) {
        case 0: return null;
        case 1: return this.below(2) === 0;
        case 2: return this.below(1e9) - 5e8;
        case 3: return this.below(1e6) / 997;
        case 4: return this.text();
        case 5: return Array.from({ length: this.below(4) },
            () => this.value(depth + 1));
        default: return this.object(depth + 1);
        }
    }

    object(depth = 0) {
        const object = {};

        for (let left = this.below(5); left > 0; left--) {
            object[this.word()] = this.value(depth);
        }

        return object;
    }

    // Most bodies are JSON; some are text, and some are nothing.
    body() {
        switch (this.below(12)) {
        case 0: return this.text(200);
        case 1: return '';
        case 2: return JSON.stringify(this.object(), null, 2) + '\n';
        default: return JSON.stringify(this.object());
        }
    }
}


export function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    const bit = random.below(changed.length * 8);

    changed[bit >> 3] ^= 1 << (bit & 7);

    return changed;
}
