"""`python resolve.py FOLDER`: resolve Kafka's libraries and copy them there.

A program of its own, because the resolver looks for Java in the environment and writes to standard error.
Two resolutions, joined: asked for both at once, the resolver settles on an old kafka-clients.
"""

import shutil
import sys
from pathlib import Path

import jgo

KAFKA = "org.apache.kafka:kafka_2.13:4.1.0"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"


def main(target: Path) -> None:
    """Fill `target`; where both resolutions bring an artifact, Kafka's version stands."""
    for endpoint in (KAFKA, LOGGING):
        for jar in jgo.build(endpoint).all_jars:
            artifact = jar.name.rpartition("-")[0]
            if endpoint == KAFKA or not list(target.glob(f"{artifact}-[0-9]*.jar")):
                shutil.copy(jar, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
