using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class LanguageDetectorTests
{
    [Theory]
    [InlineData("en", "Before you start the pump, open the valve and make sure that there is no air in the line.")]
    [InlineData("de", "Bevor Sie die Pumpe starten, öffnen Sie das Ventil und stellen Sie sicher, dass keine Luft in der Leitung ist.")]
    [InlineData("fr", "Avant de démarrer la pompe, ouvrez la vanne et vérifiez qu'il n'y a pas d'air dans les conduites de cette machine.")]
    [InlineData("es", "Antes de poner en marcha la bomba, abra la válvula y asegúrese de que no hay aire en las tuberías del sistema.")]
    [InlineData("pt", "Antes de ligar a bomba, abra a válvula e verifique se não há ar na tubulação; isso é muito importante para você e para o sistema.")]
    [InlineData("it", "Prima di avviare la pompa, aprire la valvola e assicurarsi che non ci sia aria nella tubazione della macchina.")]
    [InlineData("nl", "Open de klep voordat u de pomp start en controleer of er geen lucht in de leiding zit, want dat is niet goed voor het systeem.")]
    [InlineData("sv", "Öppna ventilen innan du startar pumpen och se till att det inte finns någon luft i ledningen som är kopplad till den.")]
    [InlineData("da", "Åbn ventilen, før du starter pumpen, og sørg for, at der ikke er luft i de rør, som er forbundet med den efter denne ventil af messing.")]
    [InlineData("no", "Åpne ventilen før du starter pumpen, og sørg for at det ikke er noe luft i røret som går etter denne ventilen av messing til mange hus.")]
    [InlineData("fi", "Avaa venttiili ennen kuin käynnistät pumpun, ja tarkista, että putkessa ei ole ilmaa tai vettä, joka voi olla siinä.")]
    [InlineData("hu", "Mielőtt elindítja a szivattyút, nyissa ki a szelepet, és győződjön meg arról, hogy nincs levegő a csőben, mert az nem jó.")]
    [InlineData("ro", "Înainte de a porni pompa, deschideți supapa și asigurați-vă că nu este aer în conducta care se află între pompă și rezervor.")]
    [InlineData("tr", "Pompayı çalıştırmadan önce vanayı açın ve borunun içinde hava olmadığından emin olun, çünkü bu çok önemli ve daha iyi bir yol değil.")]
    [InlineData("id", "Sebelum menyalakan pompa, buka katup dan pastikan bahwa tidak ada udara di dalam pipa yang akan digunakan untuk ini.")]
    [InlineData("ru", "Прежде чем запустить насос, откройте клапан и убедитесь, что в трубе нет воздуха, так как это может быть опасно для вас.")]
    [InlineData("el", "Πριν ξεκινήσετε την αντλία, ανοίξτε τη βαλβίδα και βεβαιωθείτε ότι δεν υπάρχει αέρας στο σωλήνα που είναι από χαλκό.")]
    [InlineData("hi", "पंप शुरू करने से पहले वाल्व खोलें और यह देख लें कि पाइप में हवा नहीं है, यह आप के लिए अच्छा है।")]
    [InlineData("ar", "قبل تشغيل المضخة افتح الصمام وتأكد من أن الأنبوب لا يحتوي على هواء أو ما هو غير ذلك في هذا النظام.")]
    [InlineData("pl", "Przed uruchomieniem pompy otwórz zawór i upewnij się, że w rurze nie ma powietrza, bo to jest bardzo ważne dla jej pracy.")]
    [InlineData("cs", "Než spustíte čerpadlo, otevřete ventil a ujistěte se, že v potrubí není vzduch, který by mohl být pro něj nebezpečný, ale také to, že je tam voda.")]
    [InlineData("uk", "Перш ніж запустити насос, відкрийте клапан і переконайтеся, що в трубі немає повітря, бо це може бути небезпечно для вас та системи.")]
    [InlineData("fa", "قبل از این که پمپ را روشن کنید شیر را باز کنید و مطمئن شوید که هوا در لوله نیست و این برای آن خوب است")]
    public void A_sentence_shows_its_language(string language, string text) => Assert.Equal(language, LanguageDetector.Detect(text));

    [Theory]
    [InlineData("")]
    [InlineData("DN 40 PN 16 EN 1092-1")]
    [InlineData("Valve, open")]
    [InlineData("for (var i = 0; i < n; i++) { sum += values[i]; } return sum;")]
    [InlineData("Anna Karlsson, Jean Dupont, Max Mustermann, Ole Nordmann, Juan Pérez, Mario Rossi")]
    [InlineData("東京都の天気はどうですか")]
    [InlineData("de la de la de la de la")]
    public void What_shows_none_has_none(string text) => Assert.Null(LanguageDetector.Detect(text));

    [Fact]
    public void Languages_without_a_configuration_fall_back_to_no_stemming()
    {
        Assert.Equal("simple", TextConfigurations.For("pl"));
        Assert.Equal("simple", TextConfigurations.For("uk"));
        Assert.Equal("norwegian", TextConfigurations.For("no"));
    }

    [Fact]
    public void Only_the_beginning_of_a_long_text_is_looked_at()
    {
        var german = string.Concat(Enumerable.Repeat("Das ist nicht die Pumpe, die mit dem Ventil auf der Leitung war. ", 200));
        Assert.Equal("de", LanguageDetector.Detect(german + string.Concat(Enumerable.Repeat("and this is the end of it that they have. ", 10_000))));
    }
}
