"""Reads a terminal's output and writes it down with times, as an asciicast (version 2) file.

    tmux pipe-pane -o 'python3 record.py FILE WIDTH HEIGHT'
"""

import json
import os
import sys
import time


def main(file, width, height):
    began = time.monotonic()
    with open(file, "w", encoding="utf-8") as cast:
        header = {"version": 2, "width": int(width), "height": int(height)}
        cast.write(json.dumps(header) + "\n")
        while chunk := os.read(0, 65536):
            event = [round(time.monotonic() - began, 3), "o", chunk.decode("utf-8", "replace")]
            cast.write(json.dumps(event) + "\n")
            cast.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
