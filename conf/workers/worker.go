// A worker in Go (go get github.com/redis/go-redis/v9).
//
//	go run worker.go '{care:default/0}:q:mentions'
//
// Reads mentions as a consumer in the group `workers`, handles each and
// removes it.  What a crashed worker left pending is claimed by another after a
// minute; what fails five times goes to the dead letters.
//
// REDIS_URL (redis://, rediss://, unix://) is the server.  With WORKER_ONCE=1
// the worker exits when the queue is empty.  WORKER_IDLE_MS overrides that
// minute.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	group    = "workers"
	attempts = 5
)

// Mention is the part of the record used here; see mention.schema.json.
type Mention struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Author struct {
		Name string `json:"name"`
	} `json:"author"`
}

// handle is yours to write.  If it returns an error, the mention is retried.
func handle(m Mention) error {
	_, err := fmt.Printf("%s\t%s\t%s\n", m.ID, m.Author.Name, m.Text)
	return err
}

type worker struct {
	redis *redis.Client
	queue string
	dead  string
	name  string
	idle  time.Duration
}

func (w *worker) done(ctx context.Context, id string) error {
	_, err := w.redis.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.XAck(ctx, w.queue, group, id)
		pipe.XDel(ctx, w.queue, id)
		return nil
	})
	return err
}

// work leaves failed mentions pending; only a Redis error ends it.
func (w *worker) work(ctx context.Context, entries []redis.XMessage) error {
	for _, entry := range entries {
		var m Mention

		record, _ := entry.Values["m"].(string)
		err := json.Unmarshal([]byte(record), &m)
		if err == nil {
			err = handle(m)
		}
		if err != nil {
			log.Printf("%s: %v", entry.ID, err)
			continue
		}
		if err := w.done(ctx, entry.ID); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) giveUp(ctx context.Context) error {
	pending, err := w.redis.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: w.queue, Group: group, Idle: w.idle,
		Start: "-", End: "+", Count: 50,
	}).Result()
	if err != nil {
		return err
	}

	for _, entry := range pending {
		if entry.RetryCount < attempts {
			continue
		}

		kept, err := w.redis.XRange(ctx, w.queue, entry.ID, entry.ID).Result()
		if err != nil {
			return err
		}
		for _, m := range kept {
			err := w.redis.XAdd(ctx, &redis.XAddArgs{
				Stream: w.dead, Values: m.Values}).Err()
			if err != nil {
				return err
			}
		}
		if err := w.done(ctx, entry.ID); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) takeOver(ctx context.Context) error {
	if err := w.giveUp(ctx); err != nil {
		return err
	}

	start := "0-0"
	for {
		entries, next, err := w.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: w.queue, Group: group, Consumer: w.name,
			MinIdle: w.idle, Start: start, Count: 50,
		}).Result()
		if err != nil {
			return err
		}
		if err := w.work(ctx, entries); err != nil {
			return err
		}
		if next == "0-0" {
			return nil
		}
		start = next
	}
}

func (w *worker) run(ctx context.Context, once bool) error {
	block := 5 * time.Second
	if once {
		block = -1
	}

	for {
		if err := w.takeOver(ctx); err != nil {
			return err
		}

		streams, err := w.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: group, Consumer: w.name, Count: 50, Block: block,
			Streams: []string{w.queue, ">"},
		}).Result()
		if errors.Is(err, redis.Nil) {
			if once {
				return nil
			}
			continue
		}
		if err != nil {
			return err
		}

		for _, stream := range streams {
			if err := w.work(ctx, stream.Messages); err != nil {
				return err
			}
		}
	}
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: worker QUEUE-KEY")
	}

	options, err := redis.ParseURL(
		environment("REDIS_URL", "redis://127.0.0.1:6379"))
	if err != nil {
		log.Fatal(err)
	}

	idle, err := strconv.Atoi(environment("WORKER_IDLE_MS", "60000"))
	if err != nil {
		log.Fatal(err)
	}

	host, _ := os.Hostname()
	w := &worker{
		redis: redis.NewClient(options),
		queue: os.Args[1],
		dead:  strings.Replace(os.Args[1], ":q:", ":dead:", 1),
		name:  fmt.Sprintf("%s-%d", host, os.Getpid()),
		idle:  time.Duration(idle) * time.Millisecond,
	}

	err = w.run(context.Background(), os.Getenv("WORKER_ONCE") != "")
	if err != nil {
		log.Fatal(err)
	}
}
