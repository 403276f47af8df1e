/** The visitors that are asked for, numbered: every CRM here knows them, and rivals are asked like us. */

export const KEY = 'bench-key-0123456789abcdef';

export function addressOf(visitor: number): string {
  return `visitor-${visitor}@crowd.example`;
}

/** Stands in every right answer about this visitor, and in no other's. */
export function isAbout(visitor: number, text: string): boolean {
  return new RegExp(`Visitor No\\. ${visitor}\\b`).test(text);
}

/** What SnapEngage asks for. @param tenant and key as configured. */
export function targetOf(visitor: number, tenant = 'bench', key = KEY): string {
  const query = new URLSearchParams({
    email: addressOf(visitor),
    ip: `203.0.113.${visitor % 256}`,
    url: `https://www.shop.example/products/${visitor % 50}?campaign=spring`,
    caseId: `b88d3c4d-c402-4673-8e5b-${visitor.toString(16).padStart(12, '0')}`,
  });
  return `/v1/${tenant}/contact/${key}?${query.toString()}`;
}
