/** Profiles, secrets, precedence and permissions: what the user configured, as data. Knows no vendor by name. */
export type { Announcement } from './announce.js';
export { loadConfig, type Config } from './config.js';
export { parseDocument, type ConfigDocument, type DocumentKind } from './document.js';
export {
  checkHome,
  everyPlace,
  ledgerLocation,
  locationOf,
  placeOf,
  witnessLocation,
  type PlaceSource,
} from './place.js';
export { describeProfile, shownLedger, type DescribedSetting, type Profile } from './profile.js';
export {
  environment,
  isSilenced,
  outputFormatIn,
  refuseUnusableVariables,
  fileKeys,
  profileKeys,
  sandboxName,
  settingsOf,
  vendorKeys,
  type ConfigFlags,
  type ConfigInput,
  type VendorDeclaration,
} from './settings.js';
export { vendorSettings, type VendorSettingsOptions } from './vendor-settings.js';
