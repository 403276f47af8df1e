import { expect } from 'chai';
import { isPublicMailDomain } from '../../src/model/public-mail-domains.ts';

const words = (text: string) => text.trim().split(/\s+/);

const LARGE = words(`
  126.com 163.com abv.bg aim.com alice.it aliyun.com aol.com arcor.de att.net bellsouth.net bigpond.com bk.ru
  blueyonder.co.uk bluewin.ch bol.com.br btinternet.com centrum.cz charter.net comcast.net cox.net daum.net
  docomo.ne.jp earthlink.net email.cz email.de fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de
  frontier.com gmail.com gmx.at gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.com
  hushmail.com i.ua icloud.com inbox.lv inbox.ru interia.pl juno.com laposte.net libero.it list.ru live.com mac.com
  mail.com mail.ru mailbox.org me.com msn.com nate.com naver.com o2.pl onet.pl online.de optonline.net
  orange.fr outlook.com pm.me posteo.de posteo.net proton.me protonmail.com qq.com rambler.ru rediffmail.com
  rocketmail.com rogers.com runbox.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com skynet.be sky.com
  t-online.de talktalk.net telenet.be telus.net terra.com.br tin.it tiscali.it tuta.com tuta.io tutanota.com ukr.net
  uol.com.br usa.com verizon.net virgilio.it virginmedia.com walla.co.il wanadoo.fr web.de wp.pl xtra.co.nz ya.ru
  yahoo.com yandex.com yandex.ru yeah.net ymail.com ziggo.nl zoho.com engineer.com uni.de
`);
const BY_COUNTRY = words(`
  hotmail.co.uk hotmail.de hotmail.fr hotmail.it hotmail.se hotmail.com.ar hotmail.co.jp hotmail.ch
  outlook.de outlook.fr outlook.com.br outlook.co.nz outlook.cn outlook.at live.de live.nl live.co.uk live.com.mx
  yahoo.de yahoo.ch yahoo.co.uk yahoo.co.jp yahoo.ne.jp yahoo.com.br yahoo.at gmx.ch gmx.li gmx.co.uk gmx.fr gmx.us
  aol.de aol.co.uk yandex.kz yandex.com.tr msn.nl ymail.ne.jp posteo.ch posteo.at fastmail.co.uk tutanota.de gmail.co
`);
/** Of access providers, mostly in smaller countries. */
const REGIONAL = words(`
  adinet.com.uy amis.net bih.net.ba cantv.net clix.pt cytanet.com.cy eunet.rs hinet.net indigo.ie kabsi.at mailo.com
  mts.rs netvigator.com otenet.gr passagen.se rdslink.ro sbb.rs simnet.is t.mk teksavvy.com telemach.net vip.hr
  vtr.net
`);
const BELOW = words(`
  jane.anonaddy.com jane.fastmail.com alias.aleeas.com nyc.rr.com zg.t-com.hr open.telekom.rs mail.yahoo.co.jp
  x.y.gmx.ch
`);
const COMPANIES = words(`
  acme.example mail.acme.example salesforce.com hubspot.com google.com microsoft.com apple.com amazon.com facebook.com
  alibaba.com bt.com siemens.com sap.com bosch.de telekom.com vodafone.com orange.com verizon.com telefonica.com
  swisscom.com ibm.com oracle.com name.com bolt.com clerk.com parrot.com easypost.com singpost.com saudia.com
  harvard.edu nus.edu.sg ox.ac.uk live.vu.edu.au notgmail.com gmail.example hotmail.acme.example my-gmx.de
  firm.com.ar firm.net.ua firm.spb.ru firm.za.com firm.web.id com.ar
  live.tv live.io outlook.example.com web.acme.example online.example
`);

describe('isPublicMailDomain', () => {
  for (const domain of LARGE) {
    it(`knows ${domain}`, () => expect(isPublicMailDomain(domain)).to.be.true);
  }

  for (const domain of BY_COUNTRY) {
    it(`knows ${domain} as a brand's domain in another country`, () => {
      expect(isPublicMailDomain(domain)).to.be.true;
    });
  }

  for (const domain of REGIONAL) {
    it(`knows ${domain}`, () => expect(isPublicMailDomain(domain)).to.be.true);
  }

  for (const domain of BELOW) {
    it(`knows ${domain}, which is below a provider's`, () => {
      expect(isPublicMailDomain(domain)).to.be.true;
    });
  }

  for (const domain of COMPANIES) {
    it(`takes '${domain}' for a company's`, () => expect(isPublicMailDomain(domain)).to.be.false);
  }

  it('takes the domains of examples for companies, so that the feature can be tried out', () => {
    expect(isPublicMailDomain('example.com')).to.be.false;
    expect(isPublicMailDomain('test.com')).to.be.false;
  });

  it('knows what the configuration adds, and what is below', () => {
    const further = ['mail.stadtwerke.example'];
    expect(isPublicMailDomain('mail.stadtwerke.example', further)).to.be.true;
    expect(isPublicMailDomain('a.mail.stadtwerke.example', further)).to.be.true;
    expect(isPublicMailDomain('stadtwerke.example', further)).to.be.false;
    expect(isPublicMailDomain('webmail.stadtwerke.example', further)).to.be.false;
  });
});
