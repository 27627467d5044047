// The parts of Element Plus that the pages use, each with its own style sheet: the whole library
// would be four times as large.
import 'element-plus/theme-chalk/base.css';
import 'element-plus/theme-chalk/el-button.css';
import 'element-plus/theme-chalk/el-checkbox.css';
import 'element-plus/theme-chalk/el-dialog.css';
import 'element-plus/theme-chalk/el-input.css';
import 'element-plus/theme-chalk/el-overlay.css';
import 'element-plus/theme-chalk/el-progress.css';
import 'element-plus/theme-chalk/el-radio.css';
import 'element-plus/theme-chalk/el-radio-group.css';
import 'element-plus/theme-chalk/el-tag.css';
import '../styles/element.css';
import type { Component } from 'vue';
import { ElConfigProvider as configProvider } from 'element-plus/es/components/config-provider/index';

export { ElButton } from 'element-plus/es/components/button/index';
export { ElCheckbox } from 'element-plus/es/components/checkbox/index';
export { ElDialog } from 'element-plus/es/components/dialog/index';
export { ElInput } from 'element-plus/es/components/input/index';
export { ElProgress } from 'element-plus/es/components/progress/index';
export { ElRadio, ElRadioGroup } from 'element-plus/es/components/radio/index';
export { ElTag } from 'element-plus/es/components/tag/index';

/** Its own types do not let a locale through. */
export const ElConfigProvider: Component = configProvider;
