"""What a file of customers or orders may hold, and by which names its columns are known."""

from dataclasses import dataclass

from crm.models import Import


@dataclass(frozen=True)
class Field:
    """One thing we want out of a file. `names` are usual column names, written small without spaces or signs."""

    name: str
    label: str
    names: str
    help: str = ""
    needed: bool = False
    values: str = ""
    """What its values look like: "date", "number" or "email"; a guess by name must agree with it."""


ORDER_FIELDS = (
    Field(
        "order", "Order number",
        "order orderno orderid ordernumber invoice invoiceno invoiceid invoicenumber billno receipt receiptno"
        " transaction transactionid transactionno salesorder documentno bestellnummer bestellnr bestellung auftrag"
        " auftragsnummer auftragsnr rechnung rechnungsnummer rechnungsnr belegnummer commande numcommande"
        " numerocommande facture numerofacture pedido numeropedido factura ordine fattura bestelnummer factuurnummer",
        "rows with the same number become one order; without it, one order a customer and day",
    ),
    Field(
        "ordered_at", "Date",
        "date orderdate orderedat invoicedate invoicedatetime ordertime transactiondate purchasedate solddate datetime"
        " timestamp createdat day datum bestelldatum auftragsdatum rechnungsdatum belegdatum kaufdatum datecommande"
        " datefacture fecha fechapedido fechafactura data dataordine datafattura besteldatum factuurdatum",
        needed=True, values="date",
    ),
    Field(
        "customer", "Customer number",
        "customer customerid customerno customernumber custid custno cid client clientid clientno account accountno"
        " buyer buyerid userid memberid masterid kunde kundennummer kundennr kundenid kdnr idclient numeroclient"
        " cliente idcliente clienteid numerocliente codicecliente klant klantnummer klantid",
        "rows without one are anonymous sales, outside value",
    ),
    Field("customer_name", "Customer name", "customername clientname buyername kundenname nomclient nombrecliente"
          " nomecliente klantnaam", "for customers we do not know yet"),
    Field(
        "country", "Country", "country countrycode countryname land staat pays pais paese shippingcountry"
        " billingcountry", "for customers we do not know yet",
    ),
    Field(
        "product", "Product number",
        "product productid productno productcode sku stockcode item itemid itemno itemcode article articleno artikel"
        " artikelnummer artikelnr produkt produktnummer produit codeproduit reference producto codigoproducto prodotto"
        " codiceprodotto productnummer asin ean gtin",
    ),
    Field(
        "description", "Product name",
        "description productname itemname itemdescription productdescription title name bezeichnung artikelbezeichnung"
        " produktname beschreibung designation libelle descripcion nombreproducto descrizione omschrijving",
    ),
    Field(
        "quantity", "Quantity", "quantity qty count units pieces cds menge anzahl stueck stuck quantite qte cantidad"
        " quantita aantal", "one where the file has none; below zero is a return", values="number",
    ),
    Field(
        "price", "Price of one", "price unitprice priceeach itemprice singleprice preis einzelpreis stueckpreis"
        " stuckpreis prix prixunitaire precio preciounitario prezzo prezzounitario prijs stukprijs", values="number",
    ),
    Field(
        "amount", "Amount of the row", "amount total linetotal rowtotal sum sales revenue value dollars spend"
        " subtotal netamount grossamount betrag summe gesamt gesamtpreis umsatz wert montant somme importe monto"
        " importo totale bedrag totaal", "instead of a price; before discount", values="number",
    ),
    Field("discount", "Discount of the row", "discount discountamount linediscount rabatt nachlass remise descuento"
          " sconto korting", values="number"),
    Field("cost", "Cost of the row", "cost costs cogs unitcost linecost kosten einkaufspreis cout coste costo",
          "what the goods cost us; else the margin is estimated", values="number"),
    Field("returns", "Order it returns", "returns returnof returnedorder originalorder originalinvoice refundof"
          " creditof retourezu"),
    Field("channel", "Channel", "channel saleschannel source store shop kanal vertriebskanal filiale canal canale"
          " kanaal"),
    Field("currency", "Currency", "currency currencycode ccy waehrung wahrung devise moneda divisa valuta"),
)  # fmt: skip

CUSTOMER_FIELDS = (
    Field(
        "external_id", "Customer number",
        "id number no customer customerid customerno customernumber custid custno clientid clientno account accountno"
        " externalid userid memberid kundennummer kundennr kundenid kdnr idclient numeroclient idcliente clienteid"
        " numerocliente codicecliente klantnummer klantid",
        "what tells this customer from all others; an e-mail column will do", needed=True,
    ),
    Field("name", "Name", "name fullname customername clientname displayname contactname company companyname kunde"
          " kundenname firma firmenname nomcomplet nomclient raisonsociale nombre nombrecompleto nombrecliente"
          " razonsocial nome nomecompleto ragionesociale naam klantnaam bedrijfsnaam"),
    Field("given_name", "Given name", "firstname givenname forename vorname prenom nombredepila primernombre"
          " voornaam"),
    Field("family_name", "Family name", "lastname familyname surname nachname familienname nomdefamille apellido"
          " apellidos cognome achternaam"),
    Field("kind", "Person or organisation", "kind type customertype art kundenart kundentyp typeclient tipo"
          " tipocliente klanttype b2b"),
    Field("email", "E-mail", "email emailaddress mail mailaddress epost courriel adressemail correo correoelectronico"
          " posta indirizzoemail emailadres", values="email"),
    Field("phone", "Phone", "phone phonenumber telephone tel mobile mobilephone cell telefon telefonnummer handy"
          " mobil rufnummer portable numerotelephone telefono movil cellulare telefoon telefoonnummer"),
    Field("street", "Street", "address street address1 streetaddress addressline1 adresse strasse straße anschrift"
          " rue direccion calle indirizzo via adres straat"),
    Field("postal_code", "Postal code", "postcode postalcode zip zipcode plz postleitzahl codepostal codigopostal"
          " cap"),
    Field("city", "Town", "city town ort stadt ville ciudad citta plaats stad"),
    Field("country", "Country", "country countrycode countryname land pays pais paese"),
    Field("language", "Language", "language lang languagecode locale sprache langue idioma lingua taal"),
    Field("acts_for", "Acts for organisation", "actsfor organisation organization organisationid organizationid"
          " employer companyid parent parentid", "the number of the organisation this person acts for"),
)  # fmt: skip


def fields_of(kind: str) -> tuple[Field, ...]:
    """The fields of a kind of import."""
    return ORDER_FIELDS if kind == Import.Kind.ORDERS else CUSTOMER_FIELDS


def missing_field(kind: str, columns: dict[str, str]) -> tuple[str, str] | None:
    """A field that must be mapped and is not, and what to do; None when the mapping will do."""
    for field in fields_of(kind):
        if field.needed and field.name not in columns:
            return field.name, f"Choose the column that holds the {field.label.lower()}."
    if kind == Import.Kind.ORDERS:
        if not columns.keys() & {"price", "amount"}:
            return "price", "Choose a price or an amount."
        if not columns.keys() & {"order", "customer"}:
            return "order", "Choose the order number, or at least the customer number."
    elif not columns.keys() & {"name", "given_name", "family_name"}:
        return "name", "Choose the column that holds the name."
    return None
