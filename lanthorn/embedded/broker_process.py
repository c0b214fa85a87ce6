"""The embedded broker's own process: `python -I broker_process.py CONFIG`, run under the keeper.

rumqttd opens an error-level span for every packet, so its loggers are off, but for the one that says that a subscriber
was outrun: that is a loss, and it belongs in the log.
"""

import logging
import sys

from iotcore.iotcore import IotCoreBroker

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    logging.getLogger("rumqttd.segments").setLevel(logging.WARNING)
    IotCoreBroker(config_path=sys.argv[1]).run_forever()
