import type { VendorEntry } from '../core/vendor.js';

/** Every vendor, a line each. The folder beside the line is all there is to one. */
export const vendors: readonly VendorEntry[] = [
  { id: 'sales-q', about: 'Sales_Q: WhatsApp qualification chats', load: () => import('./sales-q/index.js') },
  { id: 'comunik8', about: 'Comunik8: dialler', load: () => import('./comunik8/index.js') },
  {
    id: 'calltouch',
    about: 'Calltouch: comments on calls and requests',
    load: () => import('./calltouch/index.js'),
  },
  { id: 'mmdial', about: 'mmDial: dialler', load: () => import('./mmdial/index.js') },
];
