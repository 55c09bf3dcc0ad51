"""What CI changes in devcontainer.json, because it reaches neither an image registry nor rustup:

    python3 override.py FROM TO CERTIFICATES NAME=VALUE…

The build arguments are added, and a proxy's certificate as docs/docker.md tells people to: a build secret, and
`sprint-add-ca` when the container is made. Everything else is the real file's.
"""

import json
import re
import sys


def main():
    source, to, certificates, *arguments = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        # Comments are whole lines there.
        config = json.loads(re.sub(r"(?m)^\s*//.*$", "", file.read()))
    config["build"]["args"] = dict(argument.split("=", 1) for argument in arguments)
    config["build"]["options"] = ["--secret", f"id=ca,src={certificates}"]
    del config["build"]["cacheFrom"]
    config["mounts"].append(f"source={certificates},target=/run/secrets/ca.crt,type=bind,readonly")
    first = config["onCreateCommand"]
    config["onCreateCommand"] = f"if [ -s /run/secrets/ca.crt ]; then sprint-add-ca /run/secrets/ca.crt; fi && {first}"
    with open(to, "w", encoding="utf-8") as file:
        json.dump(config, file, indent=4)
    print("  CI changes in devcontainer.json: build.args, build.options, build.cacheFrom, one mount, onCreateCommand")


main()
