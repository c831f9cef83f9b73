#!/usr/bin/env bash
# edge.sh [BUILD_DIR]: a real installation beside nginx in the same run, on the same machine: the same kind
# of certificate from the same authority, the same TLS profile, as many workers as there are edges, access
# logs on both sides. Rounds alternate; medians. One row a line: name TAB Kontor TAB nginx TAB ratio.
# nginx has a session of its own as each of Kontor's processes has: the kernel shares out the processors by
# sessions, and in the load's one it would be woken late and in bulk, which no other machine's load does.
# Memory is the proportional set size; processor time is that of all processes that take part.
set -euo pipefail
build=$(realpath "${1:-build}")
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-3}
work=$(mktemp -d /tmp/kontor-bench-XXXXXX)
port=${PORT:-18443}
nginx_port=$((port + 1))
ulimit -n 8192 2>/dev/null || true
master=
nginx_master=
finish() {
    if [ -n "$master" ]; then kill "$master" 2>/dev/null || true; wait "$master" 2>/dev/null || true; fi
    if [ -n "$nginx_master" ]; then kill "$nginx_master" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT

# --- Kontor
"$build/kontor" init -d "$work/k" >/dev/null
"$build/kontor" serve -d "$work/k" --listen "127.0.0.1:$port" --operator-listen "127.0.0.1:$((port + 2))" \
    >"$work/serve.log" 2>&1 &
master=$!
until curl -sk -o /dev/null "https://localhost:$port/healthz"; do sleep 0.1; done
# shellcheck disable=SC2207
edges=($(pgrep -P "$master" -f -- '--role edge'))
signer=$(pgrep -P "$master" -f -- '--role signer')

# --- nginx
asset=$(curl -sk "https://localhost:$port/none" | sed -n 's/.*href="\(\/a\/kontor[^"]*css\)".*/\1/p')
mkdir -p "$work/root/a" "$work/tmp"
curl -sk "https://localhost:$port$asset" -o "$work/root$asset"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" \
    -subj /CN=localhost -out "$work/req.pem" 2>/dev/null
openssl x509 -req -in "$work/req.pem" -CA "$work/k/tls/ca.pem" -CAkey "$work/k/tls/private/ca.key" \
    -days 30 -extfile <(printf 'subjectAltName=DNS:localhost\n') -out "$work/cert.pem" 2>/dev/null
cat >"$work/nginx.conf" <<END
worker_processes ${#edges[@]}; daemon off; error_log /dev/null; pid $work/pid; user $(id -un);
events { worker_connections 4096; }
http {
  access_log $work/access.log; default_type text/css; keepalive_requests 1000000; tcp_nodelay on;
  client_body_temp_path $work/tmp; proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp;
  uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp; keepalive_timeout 600s;
  server {
    listen 127.0.0.1:$nginx_port ssl backlog=1024; root $work/root;
    ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519:P-256:P-384; ssl_session_tickets off;
    ssl_session_cache off; ssl_prefer_server_ciphers on;
    ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305;
    ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
  }
}
END
chmod -R a+rX "$work/root"
setsid nginx -c "$work/nginx.conf" -p "$work" 2>/dev/null &
nginx_master=$!
until curl -sk -o /dev/null "https://localhost:$nginx_port$asset"; do sleep 0.1; done
# shellcheck disable=SC2207
nginxes=($(pgrep -P "$nginx_master"))

# --- measuring
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
ticks() { local sum=0 p; for p in "$@"; do sum=$((sum + $(awk '{print $14 + $15}' "/proc/$p/stat"))); done; echo "$sum"; }
pss_kib() { local sum=0 p; for p in "$@"; do sum=$((sum + $(awk '/^Pss:/ {print $2}' "/proc/$p/smaps_rollup"))); done; echo "$sum"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
tick_us=$((1000000 / $(getconf CLK_TCK)))

# measure NAME PORT PIDS…: one round of handshakes; counts and CPU µs each go to files
handshakes() {
    local name=$1 p=$2 before after n
    shift 2
    before=$(ticks "$@")
    n=$("$build/test/edge_load" handshake "$p" "$seconds" 4)
    after=$(ticks "$@")
    echo $((n / seconds)) >>"$work/$name.hs"
    echo $(((after - before) * tick_us / n)) >>"$work/$name.hs-cpu"
}
requests() {
    local name=$1 p=$2 before after out n
    shift 2
    before=$(ticks "$@")
    out=$(wrk -t 2 -c 64 -d "${seconds}s" "https://localhost:$p$asset")
    after=$(ticks "$@")
    n=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' <<<"$out")
    sed -n 's/^Requests\/sec: *\([0-9]*\).*/\1/p' <<<"$out" >>"$work/$name.rq"
    echo $(((after - before) * tick_us * 10 / n)) >>"$work/$name.rq-cpu"
}
for _ in $(seq "$rounds"); do
    handshakes nginx "$nginx_port" "${nginxes[@]}"
    handshakes edge "$port" "${edges[@]}" "$signer"
    requests nginx "$nginx_port" "${nginxes[@]}"
    requests edge "$port" "${edges[@]}"
done
row() { local a b; a=$(median <"$work/edge.$2"); b=$(median <"$work/nginx.$2"); printf '%s\t%s\t%s\t%s\n' "$1" "$a" "$b" "$(ratio "$a" "$b")"; }
row "full TLS handshakes a second" hs
row "server CPU of a handshake, µs (with the signer)" hs-cpu
row "requests a second, static file of $(stat -c %s "$work/root$asset") bytes" rq
row "server CPU of such a request, 0.1 µs" rq-cpu

# --- 1,000 idle connections
idle() {
    local p=$1 before
    shift
    before=$(pss_kib "$@")
    mkfifo "$work/idle$p"
    "$build/test/edge_load" idle "$p" 1000 <"$work/idle$p" >"$work/idle$p.out" &
    local client=$!
    exec 8>"$work/idle$p"
    until grep -q ready "$work/idle$p.out"; do sleep 0.1; done
    sleep 1
    echo "$(($(pss_kib "$@") - before)) $(pss_kib "$@")"
    exec 8>&-
    wait "$client" || true
}
read -r edge_more edge_all < <(idle "$port" "${edges[@]}")
read -r nginx_more nginx_all < <(idle "$nginx_port" "${nginxes[@]}")
printf 'memory of 1,000 idle connections, KiB\t%s\t%s\t%s\n' "$edge_more" "$nginx_more" "$(ratio "$edge_more" "$nginx_more")"
printf 'memory of the processes with them, KiB\t%s\t%s\t%s\n' "$edge_all" "$nginx_all" "$(ratio "$edge_all" "$nginx_all")"
