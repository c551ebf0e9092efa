# The signaling relay. Build: docker build -t graphvine-relay .   Run: docker run -p 8765:8765 graphvine-relay
FROM python:3.13-slim AS build
WORKDIR /src
COPY relay/requirements.txt relay/requirements-build.txt ./
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes -r requirements-build.txt
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes --prefix=/install -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY pypkg ./pypkg
COPY relay ./relay
RUN pip install --no-cache-dir --prefix=/install --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /install /usr/local
RUN useradd --system --no-create-home --uid 10001 relay
USER relay
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["python", "-c", \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/healthz', timeout=2)"]
# SIGTERM drains for 3 seconds; give `docker stop` and the like at least 10.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "graphvine_relay"]
CMD ["--host", "0.0.0.0", "--port", "8765"]
