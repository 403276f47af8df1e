/**
 * Mail providers open to everyone, access providers' included: their domain says nothing about a company.
 * Three sources: the long list of `email-providers` without the companies in it, the country variants of the
 * large brands by rule, and what the package lacks. Where a name is both, the mailbox counts: a customer taken
 * for an employee of another customer is worse than a company that is not shown.
 */
import listed from 'email-providers/all.json' with { type: 'json' };

/** Brands that hold their name in many countries: `hotmail.co.uk`, `gmx.ch`, `yahoo.com.br`, `live.nl`. */
const BRANDS =
  /^(?:aol|fastmail|gmail|gmx|googlemail|hotmail|live|lycos|msn|outlook|posteo|protonmail|rediffmail|rocketmail|tutanota|yahoo|yandex|ymail|zohomail)\.(?:com|ne\.jp|(?:com?\.)?([a-z]{2}))$/;
/** Endings that companies of any country register for their sound, so `live.tv` need not be the brand. */
const GENERIC_ENDINGS = words('ai cc fm gg im io is ly me sh so to tv ws');

/**
 * Listed by the package, but companies, authorities and universities: whatever a comparison with lists of
 * brands (`simple-icons`, `third-party-web`) and reading the list has found. `example.com` and `test.com` have
 * no mailboxes; demos use them for companies. Below endings such as `com.ar` every company has its domain.
 */
const NOT_PROVIDERS = words(`
  example.com test.com test.de yourdomain.com mydomain.com www.com
  alibaba.com ancestry.com about.com acninc.net albawaba.com arcotronics.bg autoescuelanerja.com aver.com
  baudoinconsulting.com beck-it.net bitwerke.com blogos.com bolt.com braun4email.com brainonfire.net
  brittonsign.com bt.com carrnelpartners.com casablancaresort.com casino.com clerk.com cpaonline.net
  dailypioneer.com detik.com discovery.com dmv.com dnsmadeeasy.com docmail.com doityourself.com dragoncon.net
  earthcam.net easypost.com ebs.com.ar ecbsolutions.net ecompare.com enel.net facebook.com fcc.net
  federalcontractors.com flashcom.net furnitureprovider.com gateway.net geek.com gti.net hamptonroads.com
  icmsconsultants.com infomart.or.jp infosonics.com isellcars.com kansascity.com law.com legalactions.com
  mail-tester.com mccreedymail.com medscape.com mettamarketingsolutions.com money.net name.com naui.net oath.com
  onelegalplan.com onmilwaukee.com pacific-re.com parrot.com partskyline.com planetall.com radecoratingltd.com
  realtyagent.com revenue.com rgphotos.net rn.com rvshop.com salonyfryzjerskie.info saudia.com science.com.au
  scubadiving.com sfgov.net singpost.com spa.com space.com swissinfo.org taylorventuresllc.com
  tdf-illustration.com tech5group.com techspot.com tokyo.com violinmakers.co.uk
  nus.edu.sg unican.es
  com.ar msk.ru net.ua nom.za org.ua pp.ua spb.ru web.id za.com zp.ua
`);
/** Universities, whatever the country. */
const ACADEMIC = /\.(?:edu|ac)\.[a-z]{2}$|\.edu$|^mail\.dcu\.ie$/;

/** Missing in the package, by country or by kind. */
const FURTHER = words(`
  126.net 139.com 188.com 189.cn 21cn.net 2980.com sina.com.cn sohu.com sogou.com tom.cn vip.126.com vip.163.com
  vip.sina.cn wo.cn wo.com.cn
  asahi-net.or.jp au.com auone-net.jp biglobe.ne.jp biz.ezweb.ne.jp commufa.jp dion.ne.jp docomo.co.jp
  dti.ne.jp emobile.ne.jp eonet.ne.jp hi-ho.ne.jp i.docomo.ne.jp iij4u.or.jp infoweb.ne.jp jcom.zaq.ne.jp
  kcn.ne.jp megaegg.ne.jp mesh.ad.jp mineo.jp mopera.net nifty.com nifty.ne.jp ocn.ne.jp odn.ne.jp plala.or.jp
  rakuten.jp sakura.ne.jp so-net.ne.jp t-com.ne.jp tiki.ne.jp tokai.or.jp uqmobile.jp vodafone.ne.jp willcom.com
  ymobile.ne.jp ymobile1.ne.jp zaq.ne.jp
  chol.com chollian.net dreamwiz.com freechal.com hanafos.com hanmir.com kakao.com kornet.net paran.com unitel.co.kr
  bsnl.in rediff.com sifymail.com vsnl.com vsnl.net pakistanmail.com
  1und1.de abwesend.de addcom.de alice-dsl.net alice.de aliceadsl.de bitel.net directbox.com dokom.net e-mail.de
  ewe.net ewetel.net foni.net gmx-topmail.de gmx.biz gmx.eu gmx.info gmx.org htp-tel.de kabelbw.de kabelmail.net
  m-net.de magenta.de mail.de mailbox.de mnet-mail.de mnet-online.de nefkom.net netcologne.de netic.de o2mail.de
  o2online.de online-home.de osnanet.de primacom.net schlund.de swn-nettz.de t-online.com telecolumbus.net
  telekom.de teleos-web.de tutanota.de unitybox.de versanet.de vodafone.de vodafonemail.de wtnet.de
  a1.net aon.at chello.at drei.at gmx.co.at inode.at kabelplus.at liwest.at magenta.at tele2.at tirol.com utanet.at
  vol.at
  bluemail.ch bluewin.com hispeed.ch mail.ch net-c.ch netplus.ch quickline.ch sunrise.ch swissonline.ch vtxmail.ch
  vtxnet.ch
  casema.nl chello.nl hccnet.nl kpnplanet.nl online.nl onsbrabantnet.nl quicknet.nl scarlet.nl solcon.nl tele2.nl
  telfort.nl telfortglasvezel.nl upc.nl upcmail.nl versatel.nl vodafone.nl vodafonethuis.nl xmsnet.nl xs4all.nl
  ziggo.nl
  belgacom.net pandora.be proximus.be scarlet.be pt.lu internet.lu
  bbox.fr dbmail.com mail.fr net-c.be net-c.com net-c.es net-c.fr net-c.it netc.eu netc.fr netc.it noos.fr numericable.com
  numericable.fr numeo.fr neuf.fr
  movistar.es ono.com telefonica.net euskaltel.net mundo-r.com
  iol.pt netcabo.pt telepac.pt vodafone.pt
  email.it fastwebnet.it pec.it tim.it teletu.it vodafone.it
  btconnect.co.uk force9.co.uk onetel.com plus.com plus.net plusnet.com talktalk.co.uk tesco.net tiscali.co.uk uk2.net
  virgin.net waitrose.com wightman.ca zen.co.uk
  vodafone.ie iol.ie
  adsl.no bbnett.no broadpark.no chello.no ebnett.no epost.no frisurf.no getmail.no lyse.net mimer.no netcom.no
  online.no sensewave.com start.no tele2.no tiscali.no
  bredband.net chello.se comhem.se glocalnet.net home.se tele2.se telia.com
  dlgtele.dk jubii.dk jubiipost.dk mail.dk mail.tele.dk stofanet.dk tdcadsl.dk webspeed.dk youmail.dk
  dnainternet.net elisanet.fi kolumbus.fi netti.fi pp.inet.fi saunalahti.fi suomi24.fi welho.com
  autograf.pl go2.pl interia.com interia.eu int.pl neostrada.pl onet.com.pl onet.eu op.pl opoczta.pl poczta.onet.eu
  poczta.onet.pl poczta.pl spoko.pl tlen.pl vip.onet.pl vp.pl
  atlas.cz azet.sk chello.cz chello.hu chello.sk citromail.hu euromail.hu indamail.hu o2active.cz quick.cz t-online.hu tiscali.cz upcmail.hu
  upcmail.cz vipmail.hu volny.cz zoznam.sk
  inbox.eu inbox.lt mail.lv mail.bg gbg.bg t-2.net siol.net net.hr
  aport.ru autorambler.ru bigmir.net km.ru lenta.ru mail.ua meta.ua myrambler.ru narod.ru nextmail.ru qip.ru
  ro.ru rambler.ua tut.by ukrpost.net vk.com internet.ru xmail.ru
  mynet.com superonline.com ttmail.com ttnet.net.tr
  bezeqint.net nana10.co.il walla.com zahav.net.il 012.net.il netvision.net.il
  aapt.net.au adam.com.au bigpond.au bigpond.net internode.on.net optusnet.com.au tpg.com.au virginbroadband.com.au westnet.com.au
  actrix.co.nz clear.net.nz orcon.net.nz paradise.net.nz slingshot.co.nz vodafone.co.nz xtra.co.nz
  eastlink.ca execulink.com mts.net nbnet.nb.ca sasktel.net videotron.com
  cable.comcast.com clearwire.net comporium.net flash.net gonrr.net myyahoo.com ntelos.net sbcglobal.com spectrum.net
  telstra.com.au twcny.com xfinity.com
  mtnonline.com mweb.co.za telkom.co.za telkomsa.net vodacom.co.za vodamail.co.za webmail.co.za
  globomail.com oi.com.br prodigy.net.mx veloxmail.com.br
  8alias.com 8shield.net aleeas.com anonaddy.com anonaddy.me addy.io duck.com dralias.com mozmail.com relay.firefox.com
  silomails.com simplelogin.co simplelogin.com simplelogin.fr simplelogin.io slmail.me slmails.com passmail.net
  passinbox.com passmail.com privaterelay.appleid.com
  autistici.org countermail.com ctemplar.com cryptolab.net disroot.org inventati.org keemail.me kolabnow.com mailfence.com mykolab.com
  openmailbox.org posteo.net privatemail.com pm.me protonmail.ch riseup.net skiff.com startmail.com systemli.org tuta.com
  tuta.io tutamail.com vivaldi.net volny.net
  123mail.org 150mail.com 16mail.com 2-mail.com 50mail.com elitemail.org emailplus.org eml.cc everymail.net fast-email.com
  fast-mail.org h-mail.us imap-mail.com inoutbox.com internet-e-mail.com internet-mail.org letterboxes.org
  mailingaddress.org mailservice.ms myfastmail.com mymacmail.com reallyfast.info speedymail.org ssl-mail.com
  swift-mail.com theinternetemail.com
  3g.ua box.ua e-mail.ua email.ua ua.fm student.su vip.21cn.com
  airmail.cc cock.li dispostable.com f-m.fm fastmail.fm fastmail.im fastmail.to fastmail.net fastmail.org fastest.cc fea.st
  gmail.net imap.cc imapmail.org mail2world.com mailworks.org mm.st my.com neo.space onmail.com passport.com
  posteo.is posteo.me posteo.net posteo.org posteo.so rambler.com sent.as sent.at titan.email twc.com zoho.eu zoho.in
  emailn.de firemail.at firemail.de ok.de quantentunnel.de swbmail.de unitymedia.de wolke7.net aikq.de kabsi.at green.ch ik.me
  passagen.se clix.pt ya.com mailo.com mailo.fr plusnet.co.uk indigo.ie imagine.ie three.ie vo.lu onvol.net maltanet.net
  otenet.gr in.gr hol.gr pathfinder.gr cytanet.com.cy dir.bg free.bg clicknet.ro rdslink.ro xnet.ro
  globalnet.hr inet.hr optinet.hr t-com.hr vip.hr beotel.net eunet.rs mts.rs ptt.rs sbb.rs sezampro.rs telekom.rs
  verat.net yubc.net bih.net.ba teol.net amis.net telemach.net triera.net t.mk mt.net.mk
  delfi.ee neti.ee online.ee one.lv internet.is simnet.is visir.is buziaczek.pl onet.com pino.pl wp.eu
  eim.ae emirates.net.ae qatar.net.qa e-kolay.net mynet.com.tr ttnet.com.tr airtelmail.com dataone.in in.com mtnl.net.in
  hinet.net netvigator.com pacific.net.sg pchome.com.tw seed.net.tw starhub.net.sg streamyx.com tm.net.my truemail.co.th
  cbn.net.id pldtdsl.net hn.vnn.vn hcm.vnn.vn
  cantv.net ciudad.com.ar adinet.com.uy entelchile.net etb.net.co infinitum.com.mx speedy.com.pe terra.com.pe une.net.co
  vtr.net
  alaska.net mediacombb.net metrocast.net myfairpoint.net suddenlink.net accesscomm.ca ebox.net primus.ca start.ca
  tbaytel.net teksavvy.com telusplanet.net xplornet.com
  aussiebroadband.com.au farmside.co.nz ihug.co.nz vianet.co.nz
  dropmail.me emailfake.com getnada.com linshiyouxiang.net moakt.cc tempmail.plus
`);

const PROVIDERS: ReadonlySet<string> = new Set([
  ...listed.filter((domain) => !NOT_PROVIDERS.has(domain) && !ACADEMIC.test(domain)),
  ...FURTHER,
]);

/**
 * Whether the domain, or one that it is below, belongs to a provider: `jane.anonaddy.com`, `nyc.rr.com`.
 * @param domain lower case, ASCII.
 * @param further domains that the configuration adds.
 */
export function isPublicMailDomain(domain: string, further: readonly string[] = []): boolean {
  if (PROVIDERS.has(domain) || further.includes(domain) || isBrand(domain)) return true;
  const parent = domain.slice(domain.indexOf('.') + 1);
  return parent !== domain && parent.includes('.') && isPublicMailDomain(parent, further);
}

function isBrand(domain: string): boolean {
  const brand = BRANDS.exec(domain);
  return brand !== null && !GENERIC_ENDINGS.has(brand[1] ?? '');
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
