# Images: `app` (the bot, the default) and `teacher` (the bot with Rasa's environment, which trains).

FROM node:20-bookworm-slim AS npm
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci

# Rasa 3.6 needs Python 3.10; nlu/ runs there as it does in the bot.
# The venv links to the interpreter by the name it is given: `python` would be 3.11 in the teacher.
FROM python:3.10-slim-bookworm AS rasa
WORKDIR /app
COPY requirements/uv.lock requirements/rasa.lock requirements/
RUN python -m venv /opt/uv \
 && /opt/uv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.lock \
 && /opt/uv/bin/uv venv --python /usr/local/bin/python3.10 .venv-rasa \
 && /opt/uv/bin/uv pip sync --no-cache --require-hashes --python .venv-rasa/bin/python requirements/rasa.lock \
 && rm -rf /opt/uv
COPY nlu nlu
COPY data data
RUN .venv-rasa/bin/python -m nlu.train --data data/nlu --out var/models/current.tar.gz

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/uv.lock requirements/bot.lock requirements/
RUN python -m venv /opt/uv \
 && /opt/uv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.lock \
 && /opt/uv/bin/uv venv .venv \
 && /opt/uv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python .venv/bin/python requirements/bot.lock
COPY actions actions
COPY bot bot
COPY data data
COPY nlu nlu
COPY tools tools
COPY --from=npm /src/node_modules /npm/node_modules
RUN python -c "from pathlib import Path; from tools.assets import VENDOR, copy_files; copy_files(Path('/npm/node_modules'), VENDOR, 'image')"

FROM python:3.11-slim-bookworm AS bot
WORKDIR /app
RUN useradd --uid 10001 --no-create-home linan
COPY --from=build /app /app
COPY --from=rasa --chown=linan /app/var /app/var
USER linan
ENV PATH=/app/.venv/bin:$PATH PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 LINAN_HOST=0.0.0.0
VOLUME /app/var
EXPOSE 8080
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]

# Python 3.10 lies beside 3.11, at the paths it was built for; both are bookworm, so the system's libraries are the same
FROM bot AS teacher
USER root
COPY --from=rasa /usr/local/bin/python3.10 /usr/local/bin/
COPY --from=rasa /usr/local/lib/libpython3.10.so.1.0 /usr/local/lib/
COPY --from=rasa /usr/local/lib/python3.10 /usr/local/lib/python3.10
COPY --from=rasa /app/.venv-rasa .venv-rasa
COPY requirements/rasa.lock requirements/
RUN ldconfig
USER linan
ENV HOME=/tmp
RUN .venv-rasa/bin/rasa --version

# the last one is built where no target is named
FROM bot AS app
