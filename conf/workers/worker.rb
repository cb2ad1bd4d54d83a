#!/usr/bin/env ruby
# frozen_string_literal: true

# A worker in Ruby (gem install redis, or the package ruby-redis).
#
#     worker.rb '{care:default/0}:q:mentions'
#
# Reads mentions as a consumer in the group `workers`, handles each and
# removes it.  What a crashed worker left pending is claimed by another after a
# minute; what fails five times goes to the dead letters.
#
# REDIS_URL (redis://, rediss://, unix://) is the server.  With WORKER_ONCE=1
# the worker exits when the queue is empty.  WORKER_IDLE_MS overrides that
# minute.

require 'json'
require 'redis'
require 'socket'

GROUP = 'workers'
ATTEMPTS = 5

# Yours to write.  If it raises an error, the mention is retried.
def handle(mention)
  author = mention.dig('author', 'name') || 'somebody'
  puts [mention.fetch('id'), author, mention['text']].join("\t")
end

class Worker
  def initialize(queue)
    @queue = queue
    @dead = queue.sub(':q:', ':dead:')
    @name = "#{Socket.gethostname}-#{Process.pid}"
    @idle_ms = Integer(ENV.fetch('WORKER_IDLE_MS', '60000'))
    @redis = Redis.new(url: ENV.fetch('REDIS_URL', 'redis://127.0.0.1:6379'))
  end

  def run(once)
    loop do
      take_over
      entries = @redis.xreadgroup(GROUP, @name, @queue, '>', count: 50,
                                  block: once ? nil : 5000)[@queue]
      work(entries || [])
      break if once && entries.nil?
    end
  end

  private

  def done(id)
    @redis.multi do |transaction|
      transaction.xack(@queue, GROUP, id)
      transaction.xdel(@queue, id)
    end
  end

  def work(entries)
    entries.each do |id, fields|
      handle(JSON.parse(fields.fetch('m')))
      done(id)
    rescue StandardError => e # stays pending, is retried
      warn "#{id}: #{e.message}"
    end
  end

  def give_up
    @redis.call(['XPENDING', @queue, GROUP, 'IDLE', @idle_ms, '-', '+', 50])
          .each do |id, _consumer, _idle, deliveries|
      next if deliveries < ATTEMPTS

      @redis.xrange(@queue, id, id).each { |_, m| @redis.xadd(@dead, m) }
      done(id)
    end
  end

  def take_over
    give_up
    start = '0-0'
    loop do
      reply = @redis.xautoclaim(@queue, GROUP, @name, @idle_ms, start,
                                count: 50)
      work(reply['entries'])
      start = reply['next']
      break if start == '0-0'
    end
  end
end

if $PROGRAM_NAME == __FILE__
  abort 'usage: worker.rb QUEUE-KEY' unless ARGV.length == 1
  $stdout.sync = true
  Worker.new(ARGV[0]).run(!ENV['WORKER_ONCE'].to_s.empty?)
end
