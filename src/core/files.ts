import { Exit, UserError } from './errors.js';

/** Why a file cannot be written or read. `no-folder`: the folder it is to be in does not exist. */
export type FileTrouble =
  'missing' | 'exists' | 'no-folder' | 'no-file' | 'denied' | 'no-room' | 'device' | 'other';

export interface FileErrorDetails {
  readonly code: 'file.unwritable' | 'file.exists' | 'file.unreadable';
  readonly message: string;
  readonly hint: string;
  readonly why: FileTrouble;
  readonly system: string;
}

/** A file that cannot be written or read, named, with the next step (exit 6). */
export class FileError extends UserError {
  readonly why: FileTrouble;
  /** The system's own code (`ENOSPC`); empty where it gave none. */
  readonly system: string;

  constructor({ why, system, ...details }: FileErrorDetails) {
    super({ ...details, exit: Exit.unusable });
    this.name = 'FileError';
    this.why = why;
    this.system = system;
  }
}

/** Text is written as UTF-8. */
export type FileContent = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export interface WriteHow {
  /** `private`: readable by its owner only. `keep`: as the file it replaces; private where there is none. */
  readonly mode: 'private' | 'keep';
  /** False: a file that is there stays, and the write is refused. */
  readonly replace: boolean;
}

/**
 * Files as a vendor may use them. Paths are absolute or relative to the working directory of the process. Every method
 * throws FileError (exit 6).
 */
export interface Files {
  /** The text of a UTF-8 file. */
  readText(path: string): Promise<string>;
  /** The bytes of a file, piece by piece. */
  readBytes(path: string): AsyncIterable<Uint8Array>;
  /** The size of a file in bytes; null where there is none, or something else has its name. */
  sizeOf(path: string): Promise<number | null>;
  /**
   * Writes a file whole or not at all: until it resolves the old content is there, afterwards the new one, also after a
   * power cut. A symbolic link is replaced, never followed; what is no regular file is refused.
   */
  writeWhole(path: string, content: FileContent, how: WriteHow): Promise<void>;
  /** Makes a folder, and those above it, that only its owner may enter; one that is there stays as it is. */
  privateFolder(path: string): Promise<void>;
  /**
   * Writes a piece of a private file that grows: what was there from `at` on is cut off, and the piece is on disk when
   * it resolves. The piece at 0 makes the file. Never follows a symbolic link.
   */
  writePiece(path: string, piece: Uint8Array, at: number): Promise<void>;
  /** Gives a finished file its name, replacing what had it; the name is on disk when it resolves. */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a file; does nothing where there is none. */
  remove(path: string): Promise<void>;
}
