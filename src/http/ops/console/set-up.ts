/** What a chat admin pastes into SnapEngage: the URL, and the key only when it is asked for. */
import { isKeyDigest } from '../../../auth/key-store.ts';
import type { Tenant } from '../../../bridge/tenant.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import { findTenant, type OpsContext } from '../context.ts';

/** The URL of a tenant without its key, and which keys there are. */
export function setUpRoute(context: OpsContext): Route {
  return {
    path: '/console/api/set-up/:tenant',
    handlers: {
      GET: (request, response) => {
        const tenant = findTenant(context, request.params['tenant'], response);
        if (tenant === undefined) return;
        const { publicUrl } = context.bridge.current.configuration.server;
        const { id, allowFrom, keys } = tenant.configuration;
        sendJson(response, 200, {
          publicUrl,
          /** Where this process listens, which may be behind a proxy. */
          listenerUrl: context.publicListenerUrl(),
          path: `/v1/${encodeURIComponent(id)}/contact/`,
          keys: keys.map((key) => ({ isDigest: isKeyDigest(key) })),
          isLimitedToNetworks: allowFrom.length > 0,
        });
      },
    },
  };
}

/** The tenant's first key that is not only a digest. A POST: no browser sends it by itself, no cache keeps it. */
export function revealKeyRoute(context: OpsContext): Route {
  return {
    path: '/console/api/set-up/:tenant/key',
    handlers: {
      POST: (request, response) => {
        const tenant = findTenant(context, request.params['tenant'], response);
        if (tenant === undefined) return;
        const key = plainKeyOf(tenant);
        if (key !== undefined) sendJson(response, 200, { key });
        else sendJson(response, 404, { error: 'the configuration has only digests of the keys' });
      },
    },
  };
}

function plainKeyOf({ configuration }: Tenant): string | undefined {
  return configuration.keys.find((key) => !isKeyDigest(key));
}
