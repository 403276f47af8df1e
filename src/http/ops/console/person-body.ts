/** The person that a request of the console is about: in the body, since an address belongs into no URL. */
import type { Request, Response } from 'express';
import type { Tenant } from '../../../bridge/tenant.ts';
import { sendJson } from '../../respond.ts';
import { findTenant, type OpsContext } from '../context.ts';
import { readJsonBody } from '../json-body.ts';

interface PersonBody {
  readonly tenant: Tenant;
  /** As it was typed. */
  readonly email: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @returns what `{"tenant","email"}` names; `undefined` after an answer that says what is wrong with it. */
export async function readPerson(
  context: OpsContext,
  request: Request,
  response: Response,
): Promise<PersonBody | undefined> {
  const body = await readJsonBody(request, response);
  if (body === undefined) return undefined;
  const tenant = findTenant(context, body['tenant'], response);
  if (tenant === undefined) return undefined;
  const { email } = body;
  if (typeof email === 'string') return { tenant, email, body };
  sendJson(response, 400, { error: 'the body has no email' });
  return undefined;
}
