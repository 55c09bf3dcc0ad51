# What `just shell` puts on top of the image for a person whose number is not the image's: as a devcontainer does, so
# that files in the checkout stay theirs.
ARG IMAGE
# hadolint ignore=DL3006
FROM ${IMAGE}
ARG NEW_UID
ARG NEW_GID
# hadolint ignore=DL3002
USER root
# A group of that number may be there already; then it is joined. -l: a large number would make lastlog a large file.
RUN if ! getent group "$NEW_GID" >/dev/null; then groupmod --gid "$NEW_GID" sprint; fi \
    && sed -i "s/^sprint:x:[0-9]*:[0-9]*:/sprint:x:$NEW_UID:$NEW_GID:/" /etc/passwd \
    && chown -R "$NEW_UID:$NEW_GID" /home/sprint
USER sprint
