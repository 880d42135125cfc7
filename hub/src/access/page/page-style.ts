/**
 * The look of the pages of a login, as that of the answer page. It stands in the page to the byte,
 * so that the content security policy can name its hash. Pure.
 */

/** The text between the style tags. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ground:#e9ebed;--card:#fff;--ink:#1b1f23;--soft:#4a5058;\
--line:#6b7178;--go:#0b4f8a;--on-go:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#1e2125;--card:#2a2e33;--ink:#f1f3f5;\
--soft:#c3c9cf;--line:#8f969d;--go:#8cc4f5;--on-go:#10151a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.45 system-ui,-apple-system,\
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
:lang(zh-Hans){font-family:system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
:lang(zh-Hant){font-family:system-ui,"PingFang TC","Microsoft JhengHei","Noto Sans CJK TC",\
sans-serif}
main{max-width:26rem;margin:0 auto;padding:24px 16px 40px}
h1{font-size:26px;line-height:1.2;margin:6px 0 12px}
p{margin:0 0 12px}
.soft{color:var(--soft);font-size:15px}
.box{background:var(--card);border:2px solid var(--line);border-radius:12px;padding:14px;\
margin:16px 0}
.box p:last-child{margin:0}
.wrong{border:4px solid var(--ink)}
form{margin:0 0 16px}
label{display:block;font-weight:700;margin:0 0 14px}
input,button,.go{font:inherit;width:100%;min-height:52px;border-radius:12px;\
border:2px solid var(--line);background:var(--card);color:var(--ink);padding:10px 14px}
input{font-weight:400;margin-top:4px}
.go,button{display:block;font-weight:700;font-size:19px;text-align:center;cursor:pointer;\
text-decoration:none;touch-action:manipulation}
.go{background:var(--go);color:var(--on-go);border-color:var(--go)}
.qr{background:#fff;border-radius:12px;padding:12px;max-width:260px;margin:0 auto 16px}
.qr svg{display:block;width:100%;height:auto}
code{font:16px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;user-select:all}
ul{list-style:none;margin:0;padding:0;columns:2;column-gap:16px}
:focus-visible{outline:3px solid var(--go);outline-offset:3px}
@media print{body{background:#fff}.go,button{display:none}}
`;
