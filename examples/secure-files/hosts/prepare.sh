#!/bin/sh
# What a machine needs once, before the first release of the file store comes to it. As root; may be run again:
#   ssh deploy@MACHINE sudo sh -s <prepare.sh
set -eu
who=${SUDO_USER:-root}

# The hub runs as erp. Who deploys may read its log, and nothing more.
id erp >/dev/null 2>&1 || useradd --system --home-dir /srv/erp --shell /usr/sbin/nologin erp
if [ "$who" != root ]; then usermod -aG erp "$who"; fi

# Releases and data go into the first, pages into the second.
install -d -m 755 -o "$who" /srv/erp /srv/erp-pages

# nginx keeps a copy of what it has served for ten minutes, as the network of a provider would; `X-Refresh` has it look again.
cat >/etc/nginx/sites-enabled/default <<'NGINX'
proxy_cache_path /var/cache/nginx-erp keys_zone=pages:1m max_size=64m;

server {
  listen 127.0.0.1:8081;
  root /srv/erp-pages/current;
  location /assets/ {
    add_header Cache-Control "public, max-age=31536000, immutable";
  }
  location / {
    try_files $uri $uri.html =404;
    add_header Cache-Control no-cache;
  }
}

server {
  listen 80 default_server;
  client_max_body_size 0;

  location / {
    proxy_pass http://127.0.0.1:8081;
    proxy_cache pages;
    proxy_cache_valid 200 10m;
    proxy_ignore_headers Cache-Control;
    proxy_cache_bypass $http_x_refresh;
  }

  location ~ ^/(auth|secure|health|metrics)(/|$) {
    proxy_pass http://127.0.0.1:8090;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_request_buffering off;
    proxy_buffering off;
  }
}
NGINX
nginx -t -q
systemctl enable --quiet nginx
systemctl reload-or-restart nginx
