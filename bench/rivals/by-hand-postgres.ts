/** (c) Written by hand for one's own database: as the others here, by `pg` and one statement a person. */
import process from 'node:process';
import { Pool } from 'pg';
import { serveByHand } from './by-hand.ts';

const pool = new Pool({ connectionString: process.env['CRM_URL'] ?? '' });

serveByHand('PostgreSQL', lookUp);

async function lookUp(email: string): Promise<string> {
  const { rows } = await pool.query<{ readonly id: number; readonly name: string }>(
    'select id, name from people where email = $1',
    [email],
  );
  const [person] = rows;
  return person === undefined ? `No match for ${email}.` : `${person.name}\nId: ${person.id}\n`;
}
