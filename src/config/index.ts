/** Profiles, secrets, precedence and permissions: what the user configured, as data. Knows no vendor by name. */
export { loadConfig, type Config, type SandboxDeclaration } from './config.js';
export { parseDocument, type ConfigDocument, type DocumentKind } from './document.js';
export {
  presentation,
  refuseUnusableVariables,
  type ConfigFlags,
  type ConfigInput,
  type Presentation,
} from './settings.js';
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
  fileKeys,
  profileKeys,
  sandboxName,
  settingsOf,
  vendorKeys,
  type VendorDeclaration,
} from './settings.js';
export { vendorSettings, type VendorSettingsOptions } from './vendor-settings.js';
