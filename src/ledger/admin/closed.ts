/**
 * What the database itself says to a process that has a moved ledger still open and writes to it; openers turn it into
 * `ledger.moved`. In PostgreSQL it comes with the SQLSTATE of the same name.
 */
export const movedText = 'salesq: this ledger was moved';
export const movedState = 'SQ001';
