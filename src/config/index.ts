/** Profiles, secrets, precedence and permissions: what the user configured, as data. Knows no vendor by name. */
export { loadConfig, type Config } from './config.js';
export { parseDocument, type ConfigDocument, type DocumentKind } from './document.js';
export { describeProfile, type DescribedSetting } from './describe.js';
export {
  presentation,
  refuseUnusableVariables,
  type ConfigFlags,
  type ConfigInput,
  type OutputName,
  type Presentation,
  type VendorDeclaration,
} from './input.js';
export { checkHome, ledgerLocation, shownLedger } from './ledger-location.js';
export { everyPlace, locationOf, placeOf, type PlaceSource } from './place.js';
export type { Profile } from './profile.js';
export { sandboxName, type SandboxDeclaration } from './sandbox.js';
export { vendorSettings, type VendorSettingsOptions } from './vendor-settings.js';
