import type { ShownLead } from './funnel.js';
import type { Stage } from './stage.js';

/** The diallers' half of the round: qualified leads are called, one is never called again, calls get comments, data comes back. */
export async function callRound(stage: Stage, leads: readonly ShownLead[]): Promise<void> {
  await stage.heading('7. Who finished the chat goes to the dialler: what one command prints, another takes');
  await stage.pipe(
    ['sales-q', 'update', '--status', 'Done', '--no-chat', '-o', 'ndjson'],
    ['mmdial', 'leads', 'add', '-', '--rate', '20/s'],
  );
  const refuser = leads.find(({ status }) => status === 'Dead');
  if (refuser) {
    await stage.heading('8. Who said no is never called: blocked here first, then at the vendor');
    await stage.run(['mmdial', 'dnc', 'add', refuser.phone, '--rate', '20/s']);
    await stage.run(['dnc', 'check', refuser.phone]);
  }
  await stage.heading('9. Another dialler, called back in ten minutes; one is cancelled in time');
  await stage.run([
    'comunik8',
    'add',
    'callbacks.csv',
    '--country',
    'GB',
    '--delay',
    '600',
    '--rate',
    '20/s',
  ]);
  await stage.run(['comunik8', 'cancel', '--mobile', '07400 000456', '--country', 'GB']);
  await stage.heading('10. Comments on calls: one names a call nobody knows, the others go through');
  await stage.run(['calltouch', 'comment', 'comments.csv']);
  await stage.run(['runs', 'rows', 'last', '--state', 'rejected']);
  await stage.heading('11. An export and the recordings come back');
  await stage.run(['mmdial', 'export', '--campaign', '12', '--out', 'export.csv']);
  await stage.run(['mmdial', 'voices', '--lead', '10003', '--download', 'recordings']);
}
