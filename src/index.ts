export { default, type JailhouseOptions } from './plugin.ts';
