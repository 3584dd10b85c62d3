"""How fast events come off Kafka: the consumer of room bus, and the collector into a store, beside librdkafka's
consumer alone on the same topic."""
import json
import subprocess
import time

from . import kafka, process
from .measure import median, say


def read(program, topic, nodes, address):
    """One of the helpers that read a topic to its end."""
    done = subprocess.run([str(program), topic, str(nodes), f"bootstrap.servers={address}"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=180)
    if done.returncode != 0:
        raise RuntimeError(f"{program.name} failed: {done.stderr}")
    found = json.loads(done.stdout)
    return {**found, "rate": found["measured"] / found["seconds"]}


class Collector(process.Process):
    """`tapes serve collector` with default settings, into a store of its own."""

    metrics = process.Tapes.metrics

    def __init__(self, binary, directory, address, topic, group):
        directory.mkdir()
        self.store = directory / "central.sqlite"
        super().__init__("collector", [binary, "serve", "collector", "--kafka-brokers", address, "--kafka-topic", topic,
                                       "--group", group, "--sqlite", self.store, "--admin-listen", "127.0.0.1:0"],
                         directory)
        self.admin = process.wait_until(lambda: self.alive() and process.port_in(self.log, "admin listening on"), 20,
                                        "the collector does not start")


def collect(bench, address, topic, nodes, number):
    """Follows the count of what the collector has stored from the first to the last."""
    collector = bench.start(Collector, bench.options.tapes, bench.work / f"collect-{number}", address, topic,
                            f"collect-{number}")
    first = None
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        found = collector.metrics()
        now, cpu = time.monotonic(), collector.cpu()
        done = sum(v for k, v in found.items() if k.startswith("tapes_collector_messages_total{"))
        if first is None and done > 0:
            first = (now, done, cpu)
        if done >= nodes:
            break
        time.sleep(0.02)
    else:
        raise RuntimeError(f"not all was collected in time:\n{collector.tail()}")
    if collector.stop() != 0:
        raise RuntimeError(f"the collector ended badly:\n{collector.tail()}")
    events = done - first[1]
    if events < nodes / 4:
        raise RuntimeError("too few events to measure a rate: raise --publish-turns")
    return {"events": done, "rate": events / (now - first[0]), "cpu_us": (cpu - first[2]) * 1e6 / events}


def measure(bench):
    quick = bench.options.quick
    turns = bench.options.publish_turns or (10000 if quick else 60000)
    say("collecting: a broker, a topic with the nodes of %d turns" % turns)
    address = kafka.broker(bench)
    store, nodes = kafka.fill(bench, turns)
    topic = kafka.create_topic(address)
    kafka.publish(bench, address, topic, store, nodes)
    read(bench.options.consumer, topic, nodes, address)  # warms the broker up
    say(f"collecting {nodes} events")
    rounds = {"librdkafka": [], "bus": [], "collector": []}
    for number in range(1 if quick else 4):
        rounds["librdkafka"].append(read(bench.options.consumer, topic, nodes, address))
        rounds["bus"].append(read(bench.options.bus_consumer, topic, nodes, address))
        rounds["collector"].append(collect(bench, address, topic, nodes, number))
    return {"events": nodes,
            **{name: {"rounds": found, "rate": median(found, "rate"), "cpu_us": median(found, "cpu_us")}
               for name, found in rounds.items()}}
