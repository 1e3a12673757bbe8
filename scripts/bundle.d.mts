export function bundle(folders: { readonly from: string; readonly to: string }): Promise<void>;
