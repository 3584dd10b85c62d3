/** True in what dev.mjs serves. */
declare const DEVELOPMENT: boolean;
declare module "*.css";
